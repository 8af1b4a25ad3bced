import type { OperationField } from '@datavis/plugin-sdk';
import { messageOf, PluginError } from './errors.js';
import { exactJson } from './exact-json.js';
import { callPlugin } from './guard.js';
import type { PluginHost } from './host.js';
import { parseWith } from './options.js';

/** One operation, for `--help` and the API's description. */
export interface OperationInfo {
  readonly plugin: string;
  readonly namespace: string;
  readonly name: string;
  readonly title: string;
  readonly description: string | undefined;
  /** True where it changes anything: ask for the right to write. */
  readonly mutates: boolean;
  readonly fields: Readonly<Record<string, OperationField>>;
}

export interface OperationCall {
  readonly signal?: AbortSignal;
  readonly onProgress?: (done: number, total: number | undefined) => void;
}

/** What plugins offer, as one list: the CLI makes commands of it and the API endpoints. */
export function listOperations(host: PluginHost): OperationInfo[] {
  return host.order.plugins.flatMap(({ name: plugin, namespace, definition }) =>
    Object.entries(definition.operations ?? {}).map(([name, operation]) => ({
      plugin,
      namespace,
      name,
      title: operation.title,
      description: operation.description,
      mutates: operation.mutates ?? false,
      fields: operation.fields ?? {},
    })),
  );
}

/**
 * Runs an operation on input that has been checked by its schema. The result is plain JSON data.
 *
 * @throws PluginError `DATAVIS_PLUGIN_NOT_FOUND`, `DATAVIS_PLUGIN_INPUT` (with the paths of the issues),
 * `DATAVIS_PLUGIN_OPERATION` (what it threw is the cause), `DATAVIS_PLUGIN_SETUP_FAILED`.
 */
export async function runOperation(
  host: PluginHost,
  namespace: string,
  name: string,
  input: unknown,
  call: OperationCall = {},
): Promise<unknown> {
  const plugin = host.order.plugins.find((one) => one.namespace === namespace || one.name === namespace);
  const operation = plugin?.definition.operations?.[name];
  if (plugin === undefined || operation === undefined || !Object.hasOwn(plugin.definition.operations ?? {}, name)) {
    const hint = 'datavis --help lists the commands, datavis plugins list the operations of plugins.';
    throw new PluginError('DATAVIS_PLUGIN_NOT_FOUND', `there is no operation "${namespace} ${name}"`, { hint });
  }
  const context = await host.contextOf(plugin.name, call.signal);
  const where = `${plugin.namespace} ${name}`;
  const { signal } = context;
  const parsed = await parseWith(operation.input, input ?? {}, {
    plugin: plugin.name,
    what: `the schema of the input of ${name}`,
    code: 'DATAVIS_PLUGIN_OPERATION',
    refused: (issues) => new PluginError('DATAVIS_PLUGIN_INPUT', `${where}: ${issues}`, { plugin: plugin.name }),
    notice: (message) => {
      host.guard.log.warn(message);
    },
    signal,
  });
  const progress = (done: number, total?: number): void => {
    call.onProgress?.(done, total);
  };
  const guarded = { plugin, hook: name, code: 'DATAVIS_PLUGIN_OPERATION', signal } as const;
  const result = await callPlugin(host.guard, guarded, () =>
    operation.run(parsed, Object.freeze({ ...context, progress })),
  );
  return toJson(result, plugin.name, where);
}

/** JSON data, with whole numbers of DuckDB (bigint) as numbers where they are exact, else as texts. */
function toJson(value: unknown, plugin: string, where: string): unknown {
  try {
    const digits = (whole: bigint): string =>
      Number.isSafeInteger(Number(whole)) ? String(whole) : JSON.stringify(String(whole));
    return JSON.parse(exactJson(value, digits)) as unknown;
  } catch (error) {
    throw new PluginError('DATAVIS_PLUGIN_OPERATION', `${where}: the result is no JSON: ${messageOf(error)}`, {
      plugin,
      cause: error,
    });
  }
}
