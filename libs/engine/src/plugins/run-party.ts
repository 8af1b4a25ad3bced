import type { Logger } from '@datavis/plugin-sdk';
import { messageOf, PluginError } from './errors.js';
import { StatsTable } from './hook-stats.js';
import type { PluginRunState } from './ledger.js';
import type { LoadedPlugin } from './loaded-plugin.js';
import type { ActivePlugin } from './observers.js';

/** Stands for a hook's name where a plugin failed in none of them. */
const OUTSIDE = 'outside-of-hooks';

export interface RunPartyDeps {
  readonly log: Logger;
  /** Of the run: what fails after it was aborted is no fault of a plugin. */
  readonly signal: AbortSignal;
  /** Counts a finding of this code. */
  readonly count: (code: string) => void;
}

/** The plugins that take part in a run: who is still on, what each has done, and what follows when one fails. */
export class RunParty {
  readonly all: readonly ActivePlugin[];
  readonly stats = new StatsTable();
  readonly states = new Map<string, PluginRunState>();
  readonly #deps: RunPartyDeps;
  #active: readonly ActivePlugin[];
  readonly #strays = new Map<LoadedPlugin, PluginError>();

  constructor(plugins: readonly ActivePlugin[], deps: RunPartyDeps) {
    this.all = plugins;
    this.#active = plugins;
    this.#deps = deps;
    for (const { plugin, failure } of plugins)
      if (failure !== undefined) this.fail(plugin, 'onIngestStart', failure);
  }

  get active(): readonly ActivePlugin[] {
    return this.#active;
  }

  /** Names of those that were switched off. */
  get disabled(): readonly string[] {
    return [...this.states].filter(([, state]) => state === 'disabled').map(([name]) => name);
  }

  /** Notes what a plugin threw outside of its calls: it counts with the next of them. */
  addStray(plugin: LoadedPlugin, error: PluginError): void {
    if (this.#active.some((one) => one.plugin === plugin)) this.#strays.set(plugin, error);
  }

  /** After a call of the plugin: what it threw beside the call makes the call a failed one. */
  throwStray(plugin: LoadedPlugin): void {
    const error = this.#strays.get(plugin);
    this.#strays.delete(plugin);
    if (error !== undefined) throw error;
  }

  /** Between calls: applies the policies to what was noted. */
  settleStrays(): void {
    for (const [plugin, error] of this.#strays) {
      this.#strays.delete(plugin);
      this.fail(plugin, OUTSIDE, error);
    }
  }

  /** A failure that ends the import, whatever the policy. */
  end(plugin: LoadedPlugin, hook: string, error: unknown): never {
    this.#note(plugin, hook, error);
    if (!this.#deps.signal.aborted) this.states.set(plugin.name, 'failed');
    throw error;
  }

  #note(plugin: LoadedPlugin, hook: string, error: unknown): void {
    const stats = this.stats.of(plugin.name, hook);
    stats.failures++;
    stats.error = messageOf(error);
  }

  /** Applies the plugin's policy to a failure; throws where the import has to stop. */
  fail(plugin: LoadedPlugin, hook: string, error: unknown): void {
    const { log, signal, count } = this.#deps;
    if (signal.aborted || !(error instanceof PluginError) || plugin.policy === 'abort') {
      this.end(plugin, hook, error);
    }
    this.#note(plugin, hook, error);
    count(`${plugin.namespace}/failed`);
    // One that has filled the memory would fill it with the next batch too, and one that did not start has no hooks.
    const isOver = error.code === 'DATAVIS_PLUGIN_MEMORY' || hook === 'onIngestStart';
    if (plugin.policy === 'disable' || isOver) {
      this.#active = this.#active.filter((one) => one.plugin !== plugin);
      this.states.set(plugin.name, 'disabled');
      log.error(`${error.message}; the plugin is off for the rest of this import`);
    } else {
      log.error(`${error.message}; its results for this batch are left out`);
    }
  }
}
