/** Runs `parse`. What is typed wrong is told as every command of MEKS tells it, and ends the process with 2. */
export function parsedOrEnd<T>(command: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    process.stderr.write(`MEKS_OPTION_INVALID: ${error instanceof Error ? error.message : String(error)}\n`);
    process.stderr.write(`Type \`${command} --help\` to see what there is.\n`);
    return process.exit(2);
  }
}
