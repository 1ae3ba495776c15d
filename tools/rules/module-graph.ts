// Who imports whom: every import, export-from, literal import() and `new URL('./file', import.meta.url)` of the code.

import path from 'node:path';
import ts from 'typescript';
import type { SourceFile } from './source-tree.ts';
import { isGenerated, scriptText } from './source-tree.ts';

export interface ModuleImport {
  /** As written. */
  readonly specifier: string;
  /** Path from the root when it is the project's own file, null for packages and node: modules. */
  readonly target: string | null;
  /** `url`: named for something else to run, such as a worker. */
  readonly how: 'import' | 'url';
}

/** Imports by the path of the importing file. */
export type ModuleGraph = ReadonlyMap<string, readonly ModuleImport[]>;

/** How a worker's file is named; data files named so are no imports. */
const codeUrl = /new URL\(\s*'(\.[^']+\.[cm]?[jt]s)',\s*import\.meta\.url/g;

export function buildModuleGraph(files: readonly SourceFile[]): ModuleGraph {
  const code = files.filter((file) => /\.(?:ts|svelte)$/.test(file.path));
  return new Map(code.map((file) => [file.path, importsOf(file)]));
}

function importsOf(file: SourceFile): ModuleImport[] {
  const text = scriptText(file);
  // Generated schemas are megabytes of literals: their imports stand at the top.
  const head = isGenerated(file.path) ? text.slice(0, 4000) : text;
  const moduleImport = (specifier: string, how: ModuleImport['how']): ModuleImport => {
    return { specifier, target: resolve(file.path, specifier), how };
  };
  return [
    ...ts.preProcessFile(head, true, true).importedFiles.map((imported) => moduleImport(imported.fileName, 'import')),
    ...[...head.matchAll(codeUrl)].map((match) => moduleImport(match[1]!, 'url')),
  ];
}

function resolve(from: string, specifier: string): string | null {
  if (!specifier.startsWith('.')) return null;
  return path.posix.join(path.posix.dirname(from), specifier.replace(/\?.*$/, ''));
}
