// The tools we measure ourselves against. Each helper returns a contender, or one with `missing` where the peer is not
// installed, so that a run says what it could not compare with.
import { spawnSync } from 'node:child_process';

const works = (command) => spawnSync(command[0], command.slice(1), { stdio: 'ignore' }).status === 0;

/** CPython's `json.load` of the whole file: what pycocotools does first. */
export function pythonJsonLoad(path) {
  const code = 'import json, sys; print(len(json.load(open(sys.argv[1]))["annotations"]))';
  const missing = works(['python3', '--version']) ? undefined : 'python3 is not installed';
  return { name: 'CPython json.load', command: ['python3', '-c', code, path], missing };
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
