// From runs to medians, from medians to ratios, from ratios to a table.

/** Median of each metric over the runs of one contender. */
export function medianOf(runs) {
  const medians = {};
  for (const metric of Object.keys(runs[0] ?? {})) {
    const sorted = runs.map((run) => run[metric]).sort((a, b) => a - b);
    const middle = sorted.length >> 1;
    medians[metric] = sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
  }
  return medians;
}

/**
 * Puts numbers to claims. `holds` is undefined where a side of the ratio was not measured: then nothing is claimed.
 * A claim without `to` is about the metric itself.
 */
export function judge(claims, results) {
  return claims.map((claim) => {
    const value = results[claim.of]?.[claim.metric];
    const base = claim.to === undefined ? 1 : results[claim.to]?.[claim.toMetric ?? claim.metric];
    if (value === undefined || base === undefined) return { ...claim, ratio: undefined, holds: undefined };
    const ratio = value / base;
    const holds =
      (claim.atMost === undefined || ratio <= claim.atMost) &&
      (claim.atLeast === undefined || ratio >= claim.atLeast);
    return { ...claim, ratio, holds };
  });
}

const number = (value) => (value === undefined ? '-' : value.toFixed(value >= 100 ? 0 : value >= 10 ? 1 : 3));

function table(rows) {
  const widths = rows[0].map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows
    .map((row) => row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]))).join('  '))
    .join('\n');
}

/** Prints one suite: a row a contender, then the claims with what was found. */
export function printSuite({ name, title, rounds, results, failures, claims }) {
  console.log(`\n## ${name}: ${title} (medians of ${rounds} interleaved rounds)\n`);
  const metrics = [...new Set(Object.values(results).flatMap((result) => Object.keys(result)))];
  const rows = Object.entries(results).map(([label, result]) => [label, ...metrics.map((m) => number(result[m]))]);
  console.log(table([['', ...metrics], ...rows]));
  for (const [label, message] of Object.entries(failures)) console.log(`FAILED       ${label}: ${message.trim()}`);
  for (const { of, to, metric, atMost, atLeast, ratio, holds } of claims) {
    const bound = atMost === undefined ? `at least ${atLeast}` : `at most ${atMost}`;
    const what = to === undefined ? `${of}: ${metric}` : `${of} / ${to}: ${metric}`;
    const verdict = holds === undefined ? 'not measured' : holds ? 'holds' : 'MISSED';
    console.log(`${verdict.padEnd(12)} ${what} = ${number(ratio)} (${bound})`);
  }
}
