/**
 * Stands in for TypeBox in the published types: from a schema to the type of its values. TypeBox itself has 180 kB of types, and a
 * bundler cannot join them. Only the kinds of schemas that the frames use are here; test/package/package.test.ts compares the result
 * with TypeBox's.
 */
interface Schema<T> {
  readonly value: T;
}

interface OptionalSchema<T> extends Schema<T> {
  readonly optional: true;
}

export type Static<S> = S extends Schema<infer T> ? T : never;

type OptionalKeys<P> = { [K in keyof P]: P[K] extends OptionalSchema<unknown> ? K : never }[keyof P];

type Fields<P> = { [K in Exclude<keyof P, OptionalKeys<P>>]: Static<P[K]> } & {
  [K in OptionalKeys<P>]?: Static<P[K]>;
};

export type TObject<P> = Schema<{ [K in keyof Fields<P>]: Fields<P>[K] }>;

export declare namespace Type {
  type TString = Schema<string>;
  type TInteger = Schema<number>;
  type TBoolean = Schema<boolean>;
  type TLiteral<T> = Schema<T>;
  type TEnum<T extends readonly unknown[]> = Schema<T[number]>;
  type TArray<S> = Schema<Static<S>[]>;
  type TOptional<S> = OptionalSchema<Static<S>>;
  type TObject<P> = Schema<{ [K in keyof Fields<P>]: Fields<P>[K] }>;
}
