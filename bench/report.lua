local threads = {}
wrong = 0

function setup(thread)
  table.insert(threads, thread)
end

-- Posts the JSON that is given as an argument; without one, requests are wrk's own GETs. With a second argument every
-- answer has to have so many bytes.
function init(arguments)
  if arguments[1] == nil then return end
  wrk.method = 'POST'
  wrk.body = arguments[1]
  wrk.headers['content-type'] = 'application/json'
  local length = tonumber(arguments[2])
  if length == nil then return end
  function response(_, _, body)
    if #body == length then return end
    if wrong == 0 then io.stderr:write(body:sub(-300), '\n') end
    wrong = wrong + 1
  end
end

-- Has wrk say in one line what came of a run.
function done(summary, latency)
  local errors = summary.errors
  local failed = errors.connect + errors.read + errors.write + errors.timeout
  local notOk = errors.status
  for _, thread in ipairs(threads) do notOk = notOk + thread:get('wrong') end
  io.write(string.format('{"requests":%d,"seconds":%.6f,"notOk":%d,"failed":%d,"p50Ms":%.3f,"p99Ms":%.3f}\n',
    summary.requests, summary.duration / 1e6, notOk, failed,
    latency:percentile(50) / 1000, latency:percentile(99) / 1000))
end
