/** Where the history of a data directory is. */
export function historyFile(dataDirectory: string): string {
  return `${dataDirectory}/history.db`;
}
