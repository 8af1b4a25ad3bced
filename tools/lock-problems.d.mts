export interface LockEntry {
  readonly version?: string;
  readonly engines?: { readonly node?: string };
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}
export const OLDEST_NODE: string;
export function lockProblems(lock: { readonly packages?: Readonly<Record<string, LockEntry>> }): string[];
