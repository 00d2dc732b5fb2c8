// Written by `npm run codegen`.
import type { CodeField, ServiceOf } from 'sluice'
import type { paths as catalog_paths } from './services/catalog.ts'
import type { paths as orders_paths } from './services/orders.ts'
import type { paths as users_paths } from './services/users.ts'

export interface Services {
  readonly 'catalog': ServiceOf<catalog_paths>
  readonly 'orders': ServiceOf<orders_paths>
  readonly 'users': ServiceOf<users_paths>
}

type Nothing = Readonly<Record<string, never>>

export type Maybe<T> = T | null;
export type InputMaybe<T> = Maybe<T>;
/** All built-in and custom scalars, mapped to their actual values */
export interface Scalars {
  ID: { input: string; output: string; }
  String: { input: string; output: string; }
  Boolean: { input: boolean; output: boolean; }
  Int: { input: number; output: number; }
  Float: { input: number; output: number; }
}

export interface Query {
  /** Products by SKU, all or those of one category. */
  readonly products: ReadonlyArray<Product>;
  readonly product: Maybe<Product>;
  readonly productsBySkus: ReadonlyArray<Maybe<Product>>;
  readonly order: Maybe<Order>;
  /** The signed-in user. */
  readonly me: Maybe<User>;
  readonly customersByIds: ReadonlyArray<Maybe<Customer>>;
}


export interface Query_productsArgs {
  category?: InputMaybe<Scalars['String']['input']>;
  first: Scalars['Int']['input'];
  after?: InputMaybe<Scalars['ID']['input']>;
}


export interface Query_productArgs {
  sku: Scalars['ID']['input'];
}


export interface Query_productsBySkusArgs {
  skus: ReadonlyArray<Scalars['ID']['input']>;
}


export interface Query_orderArgs {
  id: Scalars['ID']['input'];
}


export interface Query_customersByIdsArgs {
  ids: ReadonlyArray<Scalars['ID']['input']>;
}

export interface Product {
  readonly sku: Scalars['ID']['output'];
  readonly title: Scalars['String']['output'];
  readonly description: Scalars['String']['output'];
  readonly category: Scalars['String']['output'];
  readonly price: Money;
  readonly createdAt: Scalars['String']['output'];
}

export interface Money {
  readonly amount: Scalars['Float']['output'];
  /** ISO 4217 currency code. */
  readonly currency: Scalars['String']['output'];
  /** As people write it where the language is spoken: `€1,234.50`, `1.234,50 €`. The resolver is in money.ts. */
  readonly formatted: Scalars['String']['output'];
}


export interface Money_formattedArgs {
  locale: Scalars['String']['input'];
}

export interface Mutation {
  /** Places an order. The same idempotency key with the same input gives the first answer again. */
  readonly placeOrder: Order;
  readonly changeOrderStatus: Maybe<Order>;
}


export interface Mutation_placeOrderArgs {
  input: OrderInput;
  idempotencyKey?: InputMaybe<Scalars['String']['input']>;
}


export interface Mutation_changeOrderStatusArgs {
  id: Scalars['ID']['input'];
  status: OrderStatus;
}

export interface Order {
  readonly id: Scalars['ID']['output'];
  readonly status: OrderStatus;
  readonly placedAt: Scalars['String']['output'];
  readonly total: Money;
  readonly lines: ReadonlyArray<OrderLine>;
  readonly customer: Maybe<Customer>;
  readonly customerId: Scalars['ID']['output'];
}

export interface OrderLine {
  readonly quantity: Scalars['Int']['output'];
  readonly unitPrice: Money;
  /** Null where the product is no longer sold. */
  readonly product: Maybe<Product>;
  readonly sku: Scalars['ID']['output'];
}

export type OrderStatus =
  | 'placed'
  | 'paid'
  | 'shipped'
  | 'delivered'
  | 'cancelled';

export interface OrderInput {
  readonly lines: ReadonlyArray<OrderLineInput>;
}

export interface OrderLineInput {
  readonly sku: Scalars['ID']['input'];
  readonly quantity: Scalars['Int']['input'];
}

/** A user, as they see themselves. */
export interface User {
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly email: Scalars['String']['output'];
  /** ISO 3166 country code. */
  readonly country: Scalars['String']['output'];
  readonly createdAt: Scalars['String']['output'];
  /** The user's orders, newest first; null where they cannot be had. */
  readonly orders: Maybe<ReadonlyArray<Order>>;
  readonly customerId: Scalars['ID']['output'];
}


/** A user, as they see themselves. */
export interface User_ordersArgs {
  first: Scalars['Int']['input'];
}

/** A user, as the orders know them. */
export interface Customer {
  readonly id: Scalars['ID']['output'];
  readonly name: Scalars['String']['output'];
  readonly country: Scalars['String']['output'];
}

export interface CustomerRow {
  readonly __typename?: 'Customer'
  readonly id: Scalars['ID']['output']
  readonly name: Scalars['String']['output']
  readonly country: Scalars['String']['output']
}

export interface MoneyRow {
  readonly __typename?: 'Money'
  readonly amount: Scalars['Float']['output']
  readonly currency: Scalars['String']['output']
}

export interface OrderRow {
  readonly __typename?: 'Order'
  readonly id: Scalars['ID']['output']
  readonly status: OrderStatus
  readonly placedAt: Scalars['String']['output']
  readonly total: MoneyRow
  readonly lines: ReadonlyArray<OrderLineRow>
  readonly customerId: Scalars['ID']['output']
}

export interface OrderLineRow {
  readonly __typename?: 'OrderLine'
  readonly quantity: Scalars['Int']['output']
  readonly unitPrice: MoneyRow
  readonly sku: Scalars['ID']['output']
}

export interface ProductRow {
  readonly __typename?: 'Product'
  readonly sku: Scalars['ID']['output']
  readonly title: Scalars['String']['output']
  readonly description: Scalars['String']['output']
  readonly category: Scalars['String']['output']
  readonly price: MoneyRow
  readonly createdAt: Scalars['String']['output']
}

export interface UserRow {
  readonly __typename?: 'User'
  readonly id: Scalars['ID']['output']
  readonly name: Scalars['String']['output']
  readonly email: Scalars['String']['output']
  readonly country: Scalars['String']['output']
  readonly createdAt: Scalars['String']['output']
  readonly customerId: Scalars['ID']['output']
}

/** What `schema/*.ts` may resolve. */
export interface Resolvers {
  readonly Customer?: {
    readonly id?: CodeField<CustomerRow, Nothing, Scalars['ID']['output'], Services>
    readonly name?: CodeField<CustomerRow, Nothing, Scalars['String']['output'], Services>
    readonly country?: CodeField<CustomerRow, Nothing, Scalars['String']['output'], Services>
  }
  readonly Money?: {
    readonly amount?: CodeField<MoneyRow, Nothing, Scalars['Float']['output'], Services>
    readonly currency?: CodeField<MoneyRow, Nothing, Scalars['String']['output'], Services>
    readonly formatted?: CodeField<MoneyRow, Money_formattedArgs, Scalars['String']['output'], Services>
  }
  readonly Order?: {
    readonly id?: CodeField<OrderRow, Nothing, Scalars['ID']['output'], Services>
    readonly status?: CodeField<OrderRow, Nothing, OrderStatus, Services>
    readonly placedAt?: CodeField<OrderRow, Nothing, Scalars['String']['output'], Services>
    readonly total?: CodeField<OrderRow, Nothing, MoneyRow, Services>
    readonly lines?: CodeField<OrderRow, Nothing, ReadonlyArray<OrderLineRow>, Services>
    readonly customerId?: CodeField<OrderRow, Nothing, Scalars['ID']['output'], Services>
  }
  readonly OrderLine?: {
    readonly quantity?: CodeField<OrderLineRow, Nothing, Scalars['Int']['output'], Services>
    readonly unitPrice?: CodeField<OrderLineRow, Nothing, MoneyRow, Services>
    readonly sku?: CodeField<OrderLineRow, Nothing, Scalars['ID']['output'], Services>
  }
  readonly Product?: {
    readonly sku?: CodeField<ProductRow, Nothing, Scalars['ID']['output'], Services>
    readonly title?: CodeField<ProductRow, Nothing, Scalars['String']['output'], Services>
    readonly description?: CodeField<ProductRow, Nothing, Scalars['String']['output'], Services>
    readonly category?: CodeField<ProductRow, Nothing, Scalars['String']['output'], Services>
    readonly price?: CodeField<ProductRow, Nothing, MoneyRow, Services>
    readonly createdAt?: CodeField<ProductRow, Nothing, Scalars['String']['output'], Services>
  }
  readonly User?: {
    readonly id?: CodeField<UserRow, Nothing, Scalars['ID']['output'], Services>
    readonly name?: CodeField<UserRow, Nothing, Scalars['String']['output'], Services>
    readonly email?: CodeField<UserRow, Nothing, Scalars['String']['output'], Services>
    readonly country?: CodeField<UserRow, Nothing, Scalars['String']['output'], Services>
    readonly createdAt?: CodeField<UserRow, Nothing, Scalars['String']['output'], Services>
    readonly customerId?: CodeField<UserRow, Nothing, Scalars['ID']['output'], Services>
  }
}
