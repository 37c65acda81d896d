import {
  Converter,
  ReflectionKind,
  type Application,
  type Context,
  type DeclarationReflection,
} from 'typedoc'

/**
 * A plugin of TypeDoc: the members of `ProducerLike` and `ConsumerLike` have the doc comments of the
 * class that they are like, so that nobody writes them twice.
 */
export function load(app: Application): void {
  app.converter.on(Converter.EVENT_RESOLVE_BEGIN, copyDocs)
}

const SUFFIX = 'Like'

function copyDocs({ project }: Context): void {
  const byKind = (kind: ReflectionKind): DeclarationReflection[] =>
    project.getReflectionsByKind(kind) as DeclarationReflection[]
  const classes = byKind(ReflectionKind.Class)
  for (const like of byKind(ReflectionKind.Interface)) {
    if (!like.name.endsWith(SUFFIX)) continue
    const className = like.name.slice(0, -SUFFIX.length)
    const original = classes.find(({ name }) => name === className)
    if (original === undefined) throw new Error(`there is no class ${className} for ${like.name}`)
    for (const member of like.children ?? []) {
      const signatures = original.getChildByName([member.name]) as DeclarationReflection | undefined
      const comment = signatures?.signatures?.[0]?.comment
      for (const signature of member.signatures ?? []) {
        if (comment !== undefined) signature.comment ??= comment.clone()
      }
    }
  }
}
