// As a bundler writes it: what is exported is known only when it runs.
module.exports = Object.fromEntries([['handle', () => 'made']])
