#!/usr/bin/env node
// Files are named from where the program runs, not from where npm was called that runs it in a script.
process.env['INIT_CWD'] = process.cwd()
await import('../dist/main.js')
