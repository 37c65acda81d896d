/** The process of one program: told what to run and where to write, it runs it and ends. */
import { HistoryWriter, historyAddress } from '../history/history-writer.ts'
import { PlannedFailure } from '../threads/calls.ts'
import { endOrTell } from '../threads/end-or-tell.ts'
import { describeError } from '../threads/run-actors.ts'
import type { Program } from '../programs/program.ts'
import { Stage } from './stage.ts'

export interface ProgramRequest {
  readonly program: Program
  readonly historyFile: string
}

process.once('message', ({ program, historyFile }: ProgramRequest) => {
  // Whoever started it may be interrupted: nothing of a program stays behind then.
  process.once('disconnect', () => process.exit())
  process.channel!.unref()
  const address = historyAddress(historyFile)
  const history = new HistoryWriter(address, 'main')
  process.on('uncaughtException', (error) => {
    if (error instanceof PlannedFailure) return
    history.write({ type: 'uncaught', error: describeError(error) })
  })
  history.write({ type: 'program', program })
  void new Stage(program, history, address).run().then(() => endOrTell(history, 'process'))
})
