import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** Files that try many cases: a second or more each. */
const MANY_CASES = /\.property\.|interleavings|restart|doorbell-model/

/** A run ends with the first test that notices the mutant: so the quick ones go first. */
export default class CheapestFirst extends BaseSequencer {
  override sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(
      files.toSorted((a, b) => cost(a) - cost(b) || a.moduleId.localeCompare(b.moduleId)),
    )
  }
}

const cost = ({ moduleId }: TestSpecification): number => Number(MANY_CASES.test(moduleId))
