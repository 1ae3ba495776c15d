import * as z from 'zod';

/** Schemas that the documents (OpenAPI, AsyncAPI) name: each appears once, and is referred to everywhere else. */
export const documented = z.registry<{ id: string; description: string }>();

/** Makes `schema` one that the documents name. */
export function named<Schema extends z.ZodType>(id: string, description: string, schema: Schema): Schema {
  documented.add(schema, { id, description });
  return schema;
}

/** `Type` without `readonly`, deep: whether a field may be written to makes no difference on the wire. */
type Plain<Type> = Type extends object ? { -readonly [Key in keyof Type]: Plain<Type[Key]> } : Type;

/** Whether `Schema` describes exactly `Type`, both ways. */
export type Describes<Schema extends z.ZodType, Type> = [Plain<z.infer<Schema>>] extends [Plain<Type>]
  ? [Plain<Type>] extends [Plain<z.infer<Schema>>]
    ? true
    : false
  : false;

/**
 * Compiles only if all are true: a field added to the protocol and not to its schema, or the other way round, is an
 * error of the type check and not a surprise for those who read the documents.
 */
export type Checked<All extends readonly true[]> = All;

/** Milliseconds since 1970; 0 = not known. */
export const unixMs = z.number();
/** A count. */
export const count = z.number();
/** A decimal string: upstream's ids have up to 19 digits, more than a JavaScript number holds. */
export const id = z.string();
