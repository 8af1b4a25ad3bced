import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';
import { declarations, TYPES } from '../testing/compile.js';

const FILES = declarations();
const INDEX = join(TYPES, 'index.d.ts');

/** What an editor has: the published declarations, and nothing of their sources. */
const service = ts.createLanguageService({
  getCompilationSettings: () => ({
    strict: true,
    target: ts.ScriptTarget.ES2023,
    module: ts.ModuleKind.NodeNext,
    moduleResolution: ts.ModuleResolutionKind.NodeNext,
  }),
  getScriptFileNames: () => [INDEX],
  getScriptVersion: () => '1',
  getScriptSnapshot: (path) => {
    const text = FILES[path] ?? (ts.sys.fileExists(path) ? readFileSync(path, 'utf8') : undefined);
    return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
  },
  getCurrentDirectory: () => TYPES,
  getDefaultLibFileName: ts.getDefaultLibFilePath,
  fileExists: (path) => path in FILES || ts.sys.fileExists(path),
  readFile: (path) => FILES[path] ?? ts.sys.readFile(path),
});
const program = service.getProgram() as ts.Program;
const checker = program.getTypeChecker();

/** What is shown where the pointer rests on a name, without the type. */
function hoverOf(symbol: ts.Symbol): string {
  return (symbol.declarations ?? [])
    .map((declaration) => {
      const name = ts.getNameOfDeclaration(declaration) ?? declaration;
      const info = service.getQuickInfoAtPosition(declaration.getSourceFile().fileName, name.getStart());
      return ts.displayPartsToString(info?.documentation);
    })
    .join('');
}

const index = program.getSourceFile(INDEX) as ts.SourceFile;
const exported = checker
  .getExportsOfModule(checker.getSymbolAtLocation(index) as ts.Symbol)
  .map((symbol) => ((symbol.flags & ts.SymbolFlags.Alias) === 0 ? symbol : checker.getAliasedSymbol(symbol)));

test('every public name says what it is where the pointer rests on it', () => {
  expect(exported.length).toBeGreaterThan(100);
  expect(exported.filter((symbol) => hoverOf(symbol) === '').map(({ name }) => name)).toEqual([]);
});

test.each(['PluginDefinition', 'PluginHooks', 'Batch', 'PluginContext', 'IngestRun', 'PluginDb'])(
  'so does every member of %s, which authors write or use',
  (name) => {
    const symbol = exported.find((one) => one.name === name) as ts.Symbol;
    const members = checker.getPropertiesOfType(checker.getDeclaredTypeOfSymbol(symbol));
    expect(members.length).toBeGreaterThan(2);
    expect(members.filter((member) => hoverOf(member) === '').map((member) => member.name)).toEqual([]);
  },
);
