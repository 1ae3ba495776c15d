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

/** The same with every field: one that may be absent and that a schema does not have would go unnoticed else. */
type Whole<Type> = Type extends object ? { -readonly [Key in keyof Type]-?: Whole<Type[Key]> } : Type;

type Same<One, Other> = [One] extends [Other] ? ([Other] extends [One] ? true : false) : false;

/** Whether `Schema` describes exactly `Type`, both ways. */
export type Describes<Schema extends z.ZodType, Type> =
  Same<Plain<z.infer<Schema>>, Plain<Type>> extends true ? Same<Whole<z.infer<Schema>>, Whole<Type>> : false;

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
