/** The names of a class's methods and accessors, those of its parents included. */
export function callsOf(type: { prototype: object }): string[] {
  const names = new Set<string>()
  for (let at = type.prototype; at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const name of Object.getOwnPropertyNames(at)) names.add(name)
  }
  return [...names].filter((name) => name !== 'constructor')
}

/**
 * The members of the interface, class or object type `name`, those of what it extends included, where TypeScript
 * that prettier or the compiler has written declares it. None: it is another type, as a union.
 */
export function membersIn(declarations: string, name: string): string[] {
  const head = `^(?:export )?(?:declare )?(?:interface|class|type) ${name}\\b`
  const declaration = new RegExp(
    `${head}(?<parents>(?:(?!\n\n)[^{;])*)\\{\\n(?<body>.*?)^\\}`,
    'ms',
  )
  const { parents, body } = declaration.exec(declarations)?.groups ?? {}
  if (body === undefined) return []
  const [indent] = /^ */.exec(body)!
  const member = new RegExp(
    `^${indent}(?:readonly |get |async )*(?<name>\\w+|'[^']+')\\??[:(<]`,
    'gm',
  )
  const own = [...body.matchAll(member)].map(({ groups }) => groups!['name']!.replaceAll("'", ''))
  const above = (withoutTypeArguments(parents!).match(/\b[A-Z]\w+/g) ?? []).filter(
    (parent) => parent !== name,
  )
  const inherited = above.flatMap((parent) => membersIn(declarations, parent))
  return [...new Set([...own, ...inherited])].filter((one) => one !== 'constructor')
}

function withoutTypeArguments(types: string): string {
  const fewer = types.replaceAll(/<[^<>]*>/g, '')
  return fewer === types ? types : withoutTypeArguments(fewer)
}
