export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** Text under `key`, '' when there is none. A number is text only where it lost no digits: ids have up to 19. */
export function textAt(value: Record<string, unknown>, key: string): string {
  const found = value[key];
  if (typeof found === 'string') return found;
  return Number.isSafeInteger(found) ? String(found) : '';
}
