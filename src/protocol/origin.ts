// Origins of pages, as browsers send them and as people write them down.

/** Scheme, name and port, no path; `null` = a page without an origin, such as a file. */
export const originPattern = /^(?:null|[a-z][a-z0-9+.-]*:\/\/[^/?#\s]*)$/;

/** What to give instead of what is none. */
export const originWanted = 'give an origin such as https://overlay.example, without a path';
