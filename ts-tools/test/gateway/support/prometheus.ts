/** What is wrong with a text in Prometheus' format 0.0.4 (https://prometheus.io/docs/instrumenting/exposition_formats/). */
export function faults(text: string): string[] {
  const found: string[] = [];
  const types = new Map<string, string>();
  const helped = new Set<string>();
  const values = new Map<string, number>();
  if (!text.endsWith("\n")) found.push("the last line has no end");
  let current = "";
  for (const line of text.trimEnd().split("\n")) {
    const help = /^# HELP ([a-z_]+) \S.*$/.exec(line);
    const type = /^# TYPE ([a-z_]+) (counter|gauge|histogram)$/.exec(line);
    const sample = /^([a-z_]+)(\{[a-z_]+="[^"\\\n]*"(?:,[a-z_]+="[^"\\\n]*")*\})? ([0-9.e+-]+)$/.exec(line);
    if (help?.[1]) {
      if (helped.has(help[1])) found.push(`a second HELP: ${line}`);
      helped.add(help[1]);
    } else if (type?.[1] && type[2]) {
      if (types.has(type[1])) found.push(`a second TYPE: ${line}`);
      types.set(type[1], type[2]);
      current = type[1];
    } else if (sample?.[1]) {
      const name = types.get(current) === "histogram" ? sample[1].replace(/_(bucket|sum|count)$/, "") : sample[1];
      if (name !== current) found.push(`not below its TYPE: ${line}`);
      const series = `${sample[1]}${sample[2] ?? ""}`;
      if (values.has(series)) found.push(`twice: ${series}`);
      values.set(series, Number(sample[3]));
    } else found.push(`no line of the format: ${line}`);
  }
  for (const [name, type] of types) {
    if (!helped.has(name)) found.push(`no HELP: ${name}`);
    if (type === "histogram") found.push(...histogram(name, values));
  }
  return found;
}

function histogram(name: string, values: Map<string, number>): string[] {
  const found: string[] = [];
  for (const [series, count] of values) {
    if (!series.startsWith(`${name}_count{`)) continue;
    const labels = series.slice(`${name}_count{`.length, -1);
    const buckets = [...values]
      .filter(([key]) => key.startsWith(`${name}_bucket{${labels},le=`))
      .map(([key, value]) => ({
        bound: Number(/le="(.*)"/.exec(key)?.[1]?.replace("+Inf", "Infinity")),
        value,
      }));
    const last = buckets.at(-1);
    if (last?.bound !== Number.POSITIVE_INFINITY || last.value !== count)
      found.push(`${series}: +Inf is not last, or not the count`);
    const rising = buckets.every(({ bound, value }, at) => {
      const before = buckets[at - 1];
      return before === undefined || (before.bound < bound && before.value <= value);
    });
    if (!rising) found.push(`${series}: buckets that do not rise`);
    if (!values.has(`${name}_sum{${labels}}`)) found.push(`${series}: no sum`);
  }
  return found;
}
