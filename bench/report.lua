-- Has wrk say in one line what came of a run; without other functions here it costs wrk nothing meanwhile.
function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  io.write(string.format('{"requests":%d,"seconds":%.6f,"notOk":%d,"failed":%d,"p50Ms":%.3f,"p99Ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, errors.status, failed,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
