// The project's own files as the rules see them: path from the root with forward slashes, and text.

import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

export interface SourceFile {
  readonly path: string;
  readonly text: string;
}

const skippedFolders = new Set(['node_modules', 'dist', '.git', 'results', 'recordings', 'data', 'peers', 'target']);
const textEndings = /\.(?:ts|js|cjs|mjs|svelte|css|html|json|md|proto|yml|sh)$/;

/** Every text file of the project below `root`, in order of path; generated lock files are left out. */
export function readSourceTree(root: string): SourceFile[] {
  const found: SourceFile[] = [];
  const visit = (folder: string): void => {
    for (const entry of readdirSync(path.join(root, folder), { withFileTypes: true })) {
      const name = folder === '' ? entry.name : `${folder}/${entry.name}`;
      if (entry.isDirectory() && !skippedFolders.has(entry.name)) visit(name);
      else if (entry.isFile() && textEndings.test(entry.name) && entry.name !== 'package-lock.json')
        found.push({ path: name, text: readFileSync(path.join(root, name), 'utf8') });
    }
  };
  visit('');
  return found.toSorted((a, b) => (a.path < b.path ? -1 : 1));
}

/** True for code that a person wrote and Node or a browser runs. */
export function isCode(file: SourceFile): boolean {
  return /\.(?:ts|svelte)$/.test(file.path) && !isGenerated(file.path);
}

/** True for code that a generator wrote: no rule of style holds there. */
export function isGenerated(file: string): boolean {
  return file.endsWith('_pb.ts');
}

/** True for tests and benchmarks, beside the code or in a folder of their own, and for what only they use. */
export function isTest(file: string): boolean {
  return /\.(?:test|bench|contract)\.ts$/.test(file) || /^(?:test|bench)\//.test(file);
}

/** The code of a file: all of it, or a Svelte component's scripts on their own lines, everything else blanked out. */
export function scriptText(file: SourceFile): string {
  if (!file.path.endsWith('.svelte')) return file.text;
  let text = '';
  let last = 0;
  for (const match of file.text.matchAll(/(<script[^>]*>)([\s\S]*?)<\/script>/g)) {
    const start = match.index + match[1]!.length;
    text += file.text.slice(last, start).replaceAll(/[^\n]/g, '') + match[2]!;
    last = start + match[2]!.length;
  }
  return text;
}
