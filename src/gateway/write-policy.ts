// Who may change something over HTTP: decided when the broker starts, enforced in the cold half (cold/writers.ts).

/** `local`: the port is open to this machine alone, and so are changes. `nobody`: it is not, and no token was set. */
export type WritePolicy =
  | { readonly kind: 'local' }
  | { readonly kind: 'token'; readonly token: string }
  | { readonly kind: 'nobody' };
