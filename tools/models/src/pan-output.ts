/** What the verifier that Spin generates has said. */
export interface PanOutput {
  readonly errors: number
  /** The `CHECK` that failed, by its name. */
  readonly failedCheck: string | null
  /** A cycle without progress, or an end, that the `ltl` formula forbids. */
  readonly hasAcceptanceCycle: boolean
  /** Some execution stops in the middle. */
  readonly hasInvalidEnd: boolean
  /** Nothing was left out: neither depth nor memory nor time ran short. */
  readonly isComplete: boolean
  /** Statements of the processes that no execution reaches, but for ends: the model is not what it seems. */
  readonly unreached: readonly string[]
  readonly states: number
}

/** Reads the output of `pan`; what is not there counts as a fault. */
export function parsePanOutput(text: string): PanOutput {
  const check = /assertion violated .*\|\|\s*(\w+)\)/.exec(text)?.[1] ?? null
  const isTruncated = /max search depth too small|out of memory|Search not completed/.test(text)
  return {
    errors: Number(/errors: (\d+)/.exec(text)?.[1] ?? NaN),
    failedCheck: check ?? (/assertion violated/.test(text) ? '(without a name)' : null),
    hasAcceptanceCycle: /acceptance cycle \(at depth/.test(text),
    hasInvalidEnd: /invalid end state \(at depth/.test(text),
    isComplete: /elapsed time/.test(text) && !isTruncated,
    unreached: unreachedOf(text),
    states: Number(/([\d.e+]+) states, stored/.exec(text)?.[1] ?? NaN),
  }
}

/** Spin lists them by process; those of the formula itself say nothing. */
function unreachedOf(text: string): string[] {
  const unreached: string[] = []
  for (const [, name, body] of text.matchAll(/^unreached in (?!claim)(.+)\n((?:\t.*\n)*)/gm)) {
    for (const [, statement] of body!.matchAll(/^\t(.+, state \d+, .+)$/gm)) {
      if (!statement!.endsWith('"-end-"')) unreached.push(`${name}: ${statement}`)
    }
  }
  return unreached
}
