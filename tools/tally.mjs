// Counts checks. The last line it prints is `N passed, N failed`, which .ci/run adds up.
export function createTally() {
  let passed = 0;
  const failures = [];

  function fail(name, error) {
    failures.push(name);
    console.error(`FAILED ${name}\n${error instanceof Error ? error.message : String(error)}\n`);
  }

  return {
    /** Runs one check; one that throws counts as failed. Returns what it returned, or undefined. */
    async check(name, action) {
      try {
        const result = await action();
        passed += 1;
        console.log(`ok     ${name}`);
        return result;
      } catch (error) {
        fail(name, error);
        return undefined;
      }
    },
    /** Adds counts that another program made. */
    add(name, counts) {
      passed += counts.passed;
      for (let i = 0; i < counts.failed; i++) failures.push(name);
    },
    finish() {
      for (const name of failures) console.error(`failed: ${name}`);
      console.log(`${passed} passed, ${failures.length} failed`);
      process.exitCode = failures.length === 0 ? 0 : 1;
    },
  };
}
