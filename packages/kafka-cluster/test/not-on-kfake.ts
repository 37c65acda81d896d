const TRANSACTIONS = 'it does not take the transactions of @platformatic/kafka, which writes them'
const SECURITY = 'it runs without TLS, users and ACLs'
const CONFIGS = 'it takes configs that there are not'
const NAMES =
  'it does not name the topics of a member when it describes a group of the newer protocol'
const FRAMES = 'it waits for a frame as large as what a TLS hello begins with'
const LOOKS =
  'how often a member looks for topics does not depend on the server, and takes ten seconds'
const TIMES = 'it knows no append time of a single topic'

/**
 * Tests that franz-go's fake broker cannot carry, or that gain nothing there, by their names, and why. What it lacks
 * beyond them has files of its own that do not run on it: compaction, an election that loses records, SASL.
 */
export const NOT_ON_KFAKE: ReadonlyMap<string, string> = new Map([
  ['passes over what a transaction has aborted, and waits for what is undecided', TRANSACTIONS],
  ['is connected to by TLS, with the certificate that it has', SECURITY],
  ['is refused at once with a certificate that nobody vouches for', SECURITY],
  ['is refused at once with no TLS where it is needed', SECURITY],
  ['is refused at once with TLS where there is none', FRAMES],
  ['is connected to by SASL, and refused at once with a wrong password', SECURITY],
  ['says which topic a user may not use', SECURITY],
  ['says that its user may not write to a topic', SECURITY],
  ['refuse what is wrong, by Kafka’s codes', CONFIGS],
  ['leave a group alone that has members', NAMES],
  ['that is closed while it joins does not wait until another has its groupInstanceId', NAMES],
  ['gets topics that come later: sticky', LOOKS],
  ['gets topics that come later: roundRobin', LOOKS],
  ['tells the append time of a topic that has it', TIMES],
])
