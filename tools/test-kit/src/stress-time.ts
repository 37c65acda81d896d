/** How long each stress test runs: 2 s within the suite, longer by `npm run stress`. */
export const STRESS_MS: number = Number(process.env['RINGLOG_TEST_STRESS_SECONDS'] ?? 2) * 1000
