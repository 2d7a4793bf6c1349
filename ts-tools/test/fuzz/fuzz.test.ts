import { chmodSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { complaint, figures, fuzz, targetsOf } from "../../src/fuzz/fuzzer.js";
import { tableLines, tapLines } from "../../src/fuzz/report.js";
import { tempFolder } from "../support/temp.js";

/** A program in the fuzzer's place. */
function fuzzer(script: string) {
  const folder = tempFolder();
  const binary = join(folder, "fuzzer");
  writeFileSync(binary, `#!/bin/sh\n${script}\n`);
  chmodSync(binary, 0o755);
  mkdirSync(join(folder, "seeds"));
  return { binary, seeds: join(folder, "seeds"), out: join(folder, "out"), seconds: 1, seed: 7 };
}

const PANIC = `thread '<unnamed>' (12) panicked at llmspell-c-api/fuzz/src/harness/verdict.rs:53:5:
a secret is shown: sk
stack backtrace:
==1== ERROR: libFuzzer: deadly signal
stat::number_of_executed_units: 4673
`;

describe("the fuzzer's output", () => {
  it("tells runs and reached edges, also when it was stopped on the way", () => {
    expect(figures("#2\tINITED cov: 10 ft: 3\n#512\tNEW cov: 12 ft: 4\n")).toEqual({ runs: 512, coverage: 12 });
    expect(figures(PANIC).runs).toBe(4673);
  });

  it("tells what is wrong, and where", () => {
    expect(complaint(PANIC)).toBe("a secret is shown: sk (llmspell-c-api/fuzz/src/harness/verdict.rs:53:5)");
    expect(complaint("==9== ERROR: libFuzzer: timeout after 120 seconds\n")).toBe("timeout after 120 seconds");
    expect(complaint("#2 INITED\n")).toBeUndefined();
  });
});

describe("fuzz", () => {
  it("lists the targets", () => {
    const { binary } = fuzzer('[ "$LLMSPELL_FUZZ_TARGET" = list ] && echo "INFO: x" && echo "target sse answer"');
    expect(targetsOf(binary)).toEqual([{ name: "sse", seeds: "answer" }]);
  });

  it("passes a target without a finding, with time, seed and both folders of inputs", async () => {
    const setting = fuzzer('echo "$LLMSPELL_FUZZ_TARGET $*" >&2; echo "#10 DONE cov: 3"');
    const outcome = await fuzz({ name: "sse", seeds: "answer" }, setting);
    expect(outcome).toMatchObject({ target: "sse", runs: 10, coverage: 3 });
    expect(outcome.finding).toBeUndefined();
    expect(tapLines(2, outcome)[0]).toMatch(/^ok 2 - sse: 10 runs/);
  });

  it("reports a finding with the command that shows it again", async () => {
    const setting = fuzzer(`for word; do case $word in -artifact_prefix=*) echo x >"\${word#*=}crash-1" ;; esac; done
cat <<'END'
${PANIC}END
exit 77`);
    const outcome = await fuzz({ name: "sse", seeds: "answer" }, setting);
    const saved = join(setting.out, "findings/sse/crash-1");
    expect(readdirSync(join(setting.out, "findings/sse"))).toEqual(["crash-1"]);
    expect(outcome.finding?.replay).toBe(`LLMSPELL_FUZZ_TARGET=sse ${setting.binary} ${saved}`);
    expect(tapLines(1, outcome)).toEqual([
      "not ok 1 - sse: after 4673 runs",
      "# a secret is shown: sk (llmspell-c-api/fuzz/src/harness/verdict.rs:53:5)",
      `# again: ${outcome.finding?.replay}`,
    ]);
  });

  it("fails a fuzzer that dies without a word, and one that tried nothing", async () => {
    const dead = await fuzz({ name: "sse", seeds: "answer" }, fuzzer("kill -9 $$"));
    expect(dead.finding?.message).toContain("ended with a signal");
    const idle = await fuzz({ name: "sse", seeds: "answer" }, fuzzer("exit 0"));
    expect(tapLines(1, idle)[0]).toMatch(/^not ok/);
  });

  it("prints a table", () => {
    const lines = tableLines([{ target: "sse", runs: 1200, seconds: 3.2, coverage: 166 }]);
    expect(lines).toEqual(["target  runs  seconds  edges  findings", "sse     1200        3    166         0"]);
  });
});
