import { Option } from 'commander';
import type { Command } from 'commander';
import { withCommon, withDatabase } from '../context.js';
import type { CliContext, CommonOptions, DatabaseOptions } from '../context.js';
import { withPlugins, type PluginOptions } from '../plugins/options.js';

/** Plugins of the config: look, switch, remove, run. */
export function pluginsCommand(program: Command, { terminal }: CliContext): void {
  const plugins = program.command('plugins').description('plugins of the config: list, switch on and off, run');
  const manage = () => import('../plugins/manage.js');
  withPlugins(withCommon(plugins.command('list')))
    .description('plugins in the order they run in')
    .action(async (options: PluginOptions & CommonOptions) => (await manage()).listPlugins(options, terminal));
  withPlugins(withCommon(plugins.command('info <plugin>')))
    .description('all that is known of a plugin, with its options')
    .action(async (name: string, options: PluginOptions) => (await manage()).showPlugin(name, options, terminal));
  withPlugins(withCommon(plugins.command('explain')))
    .description('the order plugins would run in, and why')
    .action(async (options: PluginOptions & CommonOptions) => (await manage()).explainPlugins(options, terminal));
  withPlugins(withCommon(plugins.command('doctor')))
    .description('load every plugin and say what is wrong with those that fail')
    .action(async (options: PluginOptions & CommonOptions) => (await manage()).examinePlugins(options, terminal));
  for (const on of [true, false]) {
    withPlugins(withCommon(plugins.command(`${on ? 'enable' : 'disable'} <plugin>`)))
      .description(`switch a plugin ${on ? 'on' : 'off'}, in datavis.plugins.json beside the config`)
      .action(async (name: string, options: PluginOptions & CommonOptions) => {
        const { switchOff, switchOn } = await import('../plugins/switch-plugin.js');
        await (on ? switchOn : switchOff)(name, options, terminal);
      });
  }
  withPlugins(withDatabase(plugins.command('remove <plugin>')))
    .description('switch a plugin off; with --purge drop its columns and tables too')
    .option('--purge', 'drop what it stored in the database')
    .action(async (name: string, options: PluginOptions & DatabaseOptions & { purge?: boolean }) => {
      const { removePlugin } = await import('../plugins/remove-plugin.js');
      await removePlugin(name, options, terminal);
    });
  withPlugins(withDatabase(plugins.command('run <namespace> <operation> [key=value...]')))
    .description('run an operation of a plugin; the result is JSON')
    .action(async (namespace: string, name: string, pairs: string[], options: PluginOptions & DatabaseOptions) => {
      const { runPluginOperation } = await import('../plugins/run-operation.js');
      await runPluginOperation([namespace, name, pairs], options, terminal);
    });
}

/** For authors. */
export function pluginCommand(program: Command, { terminal }: CliContext): void {
  const plugin = program.command('plugin').description('make a plugin: create, build, check, dev');
  const author = () => import('../plugins/author.js');
  plugin
    .command('create <folder>')
    .description('start a plugin')
    .addOption(
      new Option('--kind <kind>', 'what it does')
        .choices(['columns', 'importer', 'storage', 'operation'])
        .default('columns'),
    )
    .action(async (folder: string, { kind }: { kind: string }) => (await author()).createPlugin(folder, kind));
  withCommon(plugin.command('build [folder]'))
    .description('write the manifest into package.json, from the compiled code')
    .action(async (folder: string | undefined, options: CommonOptions) =>
      (await author()).buildPlugin(folder ?? '.', options, terminal),
    );
  withCommon(plugin.command('check [folder]'))
    .description('run the conformance suite')
    .action(async (folder: string | undefined, options: CommonOptions) =>
      (await author()).checkPlugin(folder ?? '.', options, terminal),
    );
  plugin
    .command('dev [folder]')
    .description('build and check with every change')
    .action(async (folder: string | undefined) => (await author()).developPlugin(folder ?? '.', terminal));
}
