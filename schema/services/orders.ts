// Written by `npm run codegen`.

export interface paths {
    readonly "/orders": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Who calls, set by the network edge */
                readonly "x-user-id"?: components["parameters"]["Caller"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        /** The newest orders first */
        readonly get: operations["listOrders"];
        readonly put?: never;
        /** Places an order */
        readonly post: operations["placeOrder"];
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/orders/{id}": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Who calls, set by the network edge */
                readonly "x-user-id"?: components["parameters"]["Caller"];
            };
            readonly path: {
                readonly id: number;
            };
            readonly cookie?: never;
        };
        /** One order */
        readonly get: operations["getOrder"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        /** Changes an order's status */
        readonly patch: operations["changeOrder"];
        readonly trace?: never;
    };
    readonly "/health": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** Whether the service is ready */
        readonly get: operations["getHealth"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
    readonly "/openapi.yaml": {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        /** This description */
        readonly get: operations["getDescription"];
        readonly put?: never;
        readonly post?: never;
        readonly delete?: never;
        readonly options?: never;
        readonly head?: never;
        readonly patch?: never;
        readonly trace?: never;
    };
}
export type webhooks = Record<string, never>;
export interface components {
    schemas: {
        /** @example 42 */
        readonly CustomerId: number;
        /** @example P-0042 */
        readonly Sku: string;
        /** @enum {string} */
        readonly Status: "placed" | "paid" | "shipped" | "delivered" | "cancelled";
        readonly Order: {
            readonly id: number;
            readonly customer_id: components["schemas"]["CustomerId"];
            readonly status: components["schemas"]["Status"];
            /** Format: date-time */
            readonly placed_at: string;
            readonly total: components["schemas"]["Money"];
            readonly lines: readonly components["schemas"]["Line"][];
        };
        readonly Line: {
            readonly sku: components["schemas"]["Sku"];
            readonly quantity: number;
            readonly unit_price: components["schemas"]["Money"];
        };
        readonly NewOrder: {
            /** @description Needed from a service account; a customer always orders for themselves */
            readonly customer_id?: components["schemas"]["CustomerId"];
            readonly lines: readonly {
                readonly sku: components["schemas"]["Sku"];
                readonly quantity: number;
            }[];
        };
        readonly StatusChange: {
            readonly status: components["schemas"]["Status"];
        };
        readonly Money: {
            /**
             * @description At most two decimals
             * @example 19.9
             */
            readonly amount: number;
            /** @constant */
            readonly currency: "EUR";
        };
        readonly Error: {
            readonly error: {
                /** @example not_found */
                readonly code: string;
                readonly message: string;
            };
        };
    };
    responses: {
        /** @description The request can not be read */
        readonly BadRequest: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
        /** @description There is none */
        readonly NotFound: {
            headers: {
                readonly [name: string]: unknown;
            };
            content: {
                readonly "application/json": components["schemas"]["Error"];
            };
        };
    };
    parameters: {
        /** @description Who calls, set by the network edge */
        readonly Caller: string;
    };
    requestBodies: never;
    headers: never;
    pathItems: never;
}
export type $defs = Record<string, never>;
export interface operations {
    readonly listOrders: {
        readonly parameters: {
            readonly query?: {
                /** @description Only this customer's orders; a customer's list of another's orders is empty */
                readonly customer_id?: components["schemas"]["CustomerId"];
                readonly first?: number;
            };
            readonly header?: {
                /** @description Who calls, set by the network edge */
                readonly "x-user-id"?: components["parameters"]["Caller"];
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The orders */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": readonly components["schemas"]["Order"][];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
        };
    };
    readonly placeOrder: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Who calls, set by the network edge */
                readonly "x-user-id"?: components["parameters"]["Caller"];
                /** @description The same key and body from the same caller give the first answer again and place no second order */
                readonly "Idempotency-Key"?: string;
            };
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["NewOrder"];
            };
        };
        readonly responses: {
            /** @description The order */
            readonly 201: {
                headers: {
                    readonly Location: string;
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Order"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            /** @description An unknown product, or an idempotency key that came with another body before */
            readonly 422: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Error"];
                };
            };
        };
    };
    readonly getOrder: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Who calls, set by the network edge */
                readonly "x-user-id"?: components["parameters"]["Caller"];
            };
            readonly path: {
                readonly id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description The order */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Order"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 404: components["responses"]["NotFound"];
        };
    };
    readonly changeOrder: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: {
                /** @description Who calls, set by the network edge */
                readonly "x-user-id"?: components["parameters"]["Caller"];
            };
            readonly path: {
                readonly id: number;
            };
            readonly cookie?: never;
        };
        readonly requestBody: {
            readonly content: {
                readonly "application/json": components["schemas"]["StatusChange"];
            };
        };
        readonly responses: {
            /** @description The order as it is now */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": components["schemas"]["Order"];
                };
            };
            readonly 400: components["responses"]["BadRequest"];
            readonly 404: components["responses"]["NotFound"];
        };
    };
    readonly getHealth: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description It is */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/json": {
                        /** @constant */
                        readonly status: "ok";
                    };
                };
            };
        };
    };
    readonly getDescription: {
        readonly parameters: {
            readonly query?: never;
            readonly header?: never;
            readonly path?: never;
            readonly cookie?: never;
        };
        readonly requestBody?: never;
        readonly responses: {
            /** @description OpenAPI 3.1 */
            readonly 200: {
                headers: {
                    readonly [name: string]: unknown;
                };
                content: {
                    readonly "application/yaml": string;
                };
            };
        };
    };
}
