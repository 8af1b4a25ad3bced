// The tools we measure ourselves against. Each helper returns a contender, or one with `missing` where the peer is not
// installed, so that a run says what it could not compare with.
import { spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';

const works = (command) => spawnSync(command[0], command.slice(1), { stdio: 'ignore' }).status === 0;

/** CPython's `json.load` of the whole file: what pycocotools does first. */
export function pythonJsonLoad(path) {
  const code = 'import json, sys; print(len(json.load(open(sys.argv[1]))["annotations"]))';
  const missing = works(['python3', '--version']) ? undefined : 'python3 is not installed';
  return { name: 'CPython json.load', command: ['python3', '-c', code, path], missing };
}

/** `json.load` of every file of a folder: the least that a script for such a folder does. */
export function pythonJsonLoadAll(folder) {
  const code =
    'import json, pathlib, sys\n' +
    'print(sum(len(json.load(open(path))["annotations"]) for path in pathlib.Path(sys.argv[1]).iterdir()))';
  const missing = works(['python3', '--version']) ? undefined : 'python3 is not installed';
  return { name: 'CPython json.load, all files', command: ['python3', '-c', code, folder], missing };
}

/** ijson with its C backend iterating the annotations, nothing stored. Debian's package is for Debian's own python3. */
export function ijsonIterate(path) {
  const python = ['/usr/bin/python3', 'python3'].find((name) =>
    works([name, '-c', 'import ijson.backends.yajl2_c']),
  );
  const code =
    'import sys, ijson.backends.yajl2_c as ijson\n' +
    'with open(sys.argv[1], "rb") as f: print(sum(1 for _ in ijson.items(f, "annotations.item", use_float=True)))';
  const missing = python ? undefined : 'ijson with its C backend is not installed (Debian: python3-ijson)';
  return { name: 'ijson (C backend) iterate', command: [python ?? 'python3', '-c', code, path], missing };
}

const CODE = `const { DuckDBInstance } = require('@duckdb/node-api');
DuckDBInstance.create(process.argv[1], { storage_compatibility_version: 'v1.4.0' }).then(async (instance) => {
  const connection = await instance.connect();
  await connection.run(process.argv[2]);
  connection.closeSync();
  instance.closeSync();
});`;

/** One or more statements in a DuckDB file, by DuckDB alone: its own memory limit, threads and row groups. */
const duckdb = (database, sql) => ['node', '-e', CODE, database, sql];
const removeFile = (path) => ['', '.wal', '.lock'].forEach((suffix) => rmSync(path + suffix, { force: true }));

/** What a user of DuckDB would type. It holds the whole document. */
export function duckdbReadJson(path, database) {
  const columns =
    'STRUCT(id BIGINT, image_id BIGINT, category_id INT, bbox DOUBLE[], area DOUBLE, iscrowd INT, segmentation JSON)[]';
  const sql = `CREATE TABLE annotations AS SELECT a.* FROM (SELECT unnest(annotations) AS a FROM
    read_json('${path}', maximum_object_size = 1000000000, columns = {annotations: '${columns}'}))`;
  return { name: 'DuckDB read_json', command: duckdb(database, sql), before: () => removeFile(database) };
}

/** The same over a folder of small files, with a table of images too: what a user of DuckDB would type for one. */
export function duckdbReadJsonAll(folder, database) {
  const tables = ['images', 'annotations'].map(
    (name) => `CREATE TABLE ${name} AS SELECT filename, r.* FROM
      (SELECT filename, unnest(${name}) AS r FROM read_json('${folder}/*.json', filename = true))`,
  );
  return {
    name: 'DuckDB read_json, all files',
    command: duckdb(database, tables.join(';')),
    before: () => removeFile(database),
  };
}

const TABLES = ['images', 'source_images', 'annotations'];

/** DuckDB making the big tables of a catalog from Parquet: finished columns, so the floor of what a load costs. */
export async function duckdbFromParquet(database, importer, catalog, cached) {
  const files = {};
  for (const table of TABLES) {
    files[table] = await cached(`train-like-${table}.parquet`, async (path) => {
      if (!existsSync(catalog)) {
        importer.before();
        spawnSync(importer.command[0], importer.command.slice(1), { stdio: 'ignore' });
      }
      const copy = `COPY ${table} TO '${path}' (FORMAT parquet)`;
      const [program, ...args] = duckdb(catalog, copy);
      const { status, stderr } = spawnSync(program, args, { encoding: 'utf8' });
      if (status !== 0) throw new Error(`${copy}: ${stderr}`);
    });
  }
  const sql = TABLES.map((table) => `CREATE TABLE ${table} AS FROM read_parquet('${files[table]}')`).join(';');
  return { name: 'DuckDB from Parquet', command: duckdb(database, sql), before: () => removeFile(database) };
}
