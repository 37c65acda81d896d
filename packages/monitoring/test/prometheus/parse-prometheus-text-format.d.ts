declare module 'parse-prometheus-text-format' {
  /** A family, as its parser understood it. */
  export interface ParsedFamily {
    readonly name: string
    readonly help: string
    readonly type: string
    readonly metrics: ReadonlyArray<{
      readonly value: string
      readonly labels?: Readonly<Record<string, string>>
    }>
  }
  export default function parsePrometheusTextFormat(text: string): ParsedFamily[]
}
