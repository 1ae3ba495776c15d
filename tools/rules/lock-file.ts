// package-lock.json names every package for every platform, so that `npm ci` works everywhere. npm leaves out optional
// packages of other platforms when the registry at hand does not have them, and then refuses its own file; those are
// filled in here: version from who needs it, platform from the name. A checksum is what they lack.

export interface LockedPackage {
  readonly version?: string;
  readonly license?: string;
  readonly dev?: boolean;
  readonly optional?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
  readonly libc?: readonly string[];
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

export interface LockFile {
  readonly packages: Readonly<Record<string, LockedPackage>>;
}

export interface MissingPackage {
  readonly name: string;
  readonly version: string;
  /** Key of the package that names it. */
  readonly neededBy: string;
}

/** Packages that are needed, be it optionally, and not in the file: `npm ci` would refuse to begin. */
export function missingPackages(lock: LockFile): MissingPackage[] {
  const missing = new Map<string, MissingPackage>();
  for (const [key, entry] of Object.entries(lock.packages)) {
    for (const [name, version] of Object.entries({ ...entry.dependencies, ...entry.optionalDependencies }))
      if (!isLocked(lock, key, name)) missing.set(name, { name, version, neededBy: key });
  }
  return [...missing.values()];
}

/** Whether `name` is found from the folder `key`, as Node would look for it. */
function isLocked(lock: LockFile, key: string, name: string): boolean {
  for (let folder = key; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    if (lock.packages[folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`] !== undefined)
      return true;
    if (folder === '') return false;
  }
}

const systems = ['darwin', 'linux', 'win32', 'freebsd', 'android', 'openharmony'] as const;
const processors: readonly (readonly [RegExp, string])[] = [
  [/-(?:arm64|aarch64)\b/, 'arm64'],
  [/-x64\b/, 'x64'],
  [/-ia32\b/, 'ia32'],
  [/-arm(?:v7|-)/, 'arm'],
  [/-ppc64\b/, 'ppc64'],
  [/-riscv64\b/, 'riscv64'],
  [/-s390x\b/, 's390x'],
  [/-wasm32\b/, 'wasm32'],
];

/** The entry that `npm` would have written, without checksum. null when `name` does not say its platform. */
function platformEntry(missing: MissingPackage, needer: LockedPackage): LockedPackage | null {
  const { name, version } = missing;
  const cpu = processors.find(([pattern]) => pattern.test(name))?.[1];
  const os = systems.find((system) => new RegExp(`[-/]${system}\\b`).test(name));
  if (cpu === undefined || (os === undefined && cpu !== 'wasm32')) return null;
  const libc = /musl/.test(name) ? ['musl'] : /linux.*gnu/.test(name) ? ['glibc'] : null;
  return {
    version: version.replace(/^[\^~]/, ''),
    cpu: [cpu],
    ...(needer.dev === true ? { dev: true } : {}),
    ...(libc === null ? {} : { libc }),
    ...(needer.license === undefined ? {} : { license: needer.license }),
    optional: true,
    ...(os === undefined ? {} : { os: [os] }),
  };
}

/** `lock` with every missing platform package filled in. Throws when one is missing for another reason. */
export function completed<Lock extends LockFile>(lock: Lock): Lock {
  const packages: Record<string, LockedPackage> = { ...lock.packages };
  for (const missing of missingPackages(lock)) {
    const entry = platformEntry(missing, lock.packages[missing.neededBy]!);
    if (entry === null) throw new Error(`${missing.name}, needed by ${missing.neededBy}, is missing: run npm install`);
    packages[`node_modules/${missing.name}`] = entry;
  }
  const sorted = Object.entries(packages).toSorted(([a], [b]) => a.localeCompare(b, 'en'));
  return { ...lock, packages: Object.fromEntries(sorted) };
}
