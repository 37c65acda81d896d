import type { Application, ProjectReflection } from 'typedoc'

/**
 * A plugin of TypeDoc: warns of types that an exported name refers to and that nobody can import.
 * TypeDoc asks that only of the types of one package, the project's; here of all in turn.
 */
export function load(app: Application): void {
  const validate = app.validate.bind(app)
  app.validate = (project: ProjectReflection): void => {
    for (const name of app.options.getValue('packagesRequiringDocumentation')) {
      project.packageName = name
      validate(project)
    }
  }
}
