import type { ColumnInfo, ColumnSet, FailurePolicy, PluginDefinition, PluginTable } from '@datavis/plugin-sdk';

/** A plugin after the loader: named, checked against this host, its options parsed. */
export interface LoadedPlugin {
  readonly name: string;
  /** Schema is `plg_<namespace>`; also the prefix of commands, columns in `reads`, findings and reasons. */
  readonly namespace: string;
  readonly version: string;
  /** Keys of the definition in use, from its brand. */
  readonly features: readonly string[];
  readonly definition: PluginDefinition;
  readonly config: unknown;
  /** SHA-256 of the parsed options as JSON, for provenance. */
  readonly configHash: string;
  readonly policy: FailurePolicy;
  readonly required: boolean;
  readonly rank: number | undefined;
  readonly deadlineMs: number | undefined;
  /** File or package it came from, where it was loaded by name. */
  readonly origin: string | undefined;
  /** What its user has to know of it, though it can be used. */
  readonly warnings: readonly string[];
}

export const PLUGIN_TABLES: readonly PluginTable[] = ['images', 'annotations', 'categories'];

export const HOOK_OF = {
  images: 'onImages',
  annotations: 'onAnnotations',
  categories: 'onCategories',
} as const satisfies Record<PluginTable, string>;

type DeclaredColumns = ReadonlyMap<string, ColumnInfo>;

/** Hooks ask with every batch. */
const declaredColumns = new WeakMap<LoadedPlugin, Readonly<Record<PluginTable, DeclaredColumns>>>();

/** Declared columns of one table with the short form written out. */
export function columnsOf(plugin: LoadedPlugin, table: PluginTable): DeclaredColumns {
  let declared = declaredColumns.get(plugin);
  if (declared === undefined) {
    const { columns } = plugin.definition;
    declared = {
      images: writtenOut(columns?.images),
      annotations: writtenOut(columns?.annotations),
      categories: writtenOut(columns?.categories),
    };
    declaredColumns.set(plugin, declared);
  }
  return declared[table];
}

function writtenOut(declared: ColumnSet = {}): DeclaredColumns {
  return new Map(
    Object.entries(declared).map(([name, spec]) => [name, typeof spec === 'string' ? { type: spec } : spec]),
  );
}

export function schemaOf(plugin: { readonly namespace: string }): string {
  return `plg_${plugin.namespace}`;
}
