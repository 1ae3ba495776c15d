// What this browser remembers for its operator. Storage may be forbidden or full: then a choice lasts as long as the
// page.

const prefix = 'meks.';

export function remembered(name: string): string | null {
  try {
    return localStorage.getItem(prefix + name);
  } catch {
    return null;
  }
}

export function remember(name: string, value: string): void {
  try {
    localStorage.setItem(prefix + name, value);
  } catch {
    // The choice holds for this page; there is nothing to tell.
  }
}
