import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { brokersOf, type BrokerAddress } from './ask-brokers.ts'
import { FrameRelay } from './frame-relay.ts'

/**
 * A way to each broker of a cluster that can be cut, and made slow. What brokers tell of their addresses is changed on
 * its way, so a client that begins here never leaves.
 */
export class BrokerProxies {
  /** Where clients begin. */
  readonly bootstrapServers: string
  readonly #proxies: ReadonlyMap<number, BrokerProxy>

  static async start(servers: string): Promise<BrokerProxies> {
    const brokers = await brokersOf(servers)
    const proxies = await Promise.all(brokers.map((broker) => BrokerProxy.start(broker)))
    const addresses = proxies.map((proxy) => ({
      from: addressBytes(proxy.broker.host, proxy.broker.port),
      to: addressBytes(proxy.broker.host, proxy.port),
    }))
    for (const proxy of proxies) proxy.addresses = addresses
    return new BrokerProxies(new Map(proxies.map((proxy) => [proxy.broker.nodeId, proxy])))
  }

  private constructor(proxies: ReadonlyMap<number, BrokerProxy>) {
    this.#proxies = proxies
    const servers = [...proxies.values()].map(({ broker, port }) => `${broker.host}:${port}`)
    this.bootstrapServers = servers.join(',')
  }

  /**
   * Ends each connection to a broker in the midst of the next frame that passes.
   *
   * @param random Decides the direction, and where.
   */
  cut(nodeId: number, random: () => number): void {
    this.#of(nodeId).cut(random)
  }

  /** Holds up from now on what passes, each way, for so long; 0: nothing. */
  slow(nodeId: number, delayMs: number): void {
    this.#of(nodeId).delayMs = delayMs
  }

  close(): void {
    for (const proxy of this.#proxies.values()) proxy.close()
  }

  #of(nodeId: number): BrokerProxy {
    const proxy = this.#proxies.get(nodeId)
    if (proxy === undefined) throw new Error(`there was no broker ${nodeId} when the proxies began`)
    return proxy
  }
}

/** An address as Kafka's responses have it: a name, and its port in four bytes. */
function addressBytes(host: string, port: number): Buffer {
  const portBytes = Buffer.alloc(4)
  portBytes.writeInt32BE(port)
  return Buffer.concat([Buffer.from(host), portBytes])
}

interface Relays {
  readonly client: Socket
  readonly server: Socket
  readonly ways: readonly FrameRelay[]
}

/** The way to one broker. */
class BrokerProxy {
  readonly broker: BrokerAddress
  addresses: ReadonlyArray<{ readonly from: Buffer; readonly to: Buffer }> = []
  delayMs = 0
  readonly #server: Server
  readonly #connections = new Set<Relays>()

  static async start(broker: BrokerAddress): Promise<BrokerProxy> {
    const proxy = new BrokerProxy(broker)
    await new Promise<void>((resolve, reject) => {
      proxy.#server.once('error', reject)
      proxy.#server.listen(0, broker.host, resolve)
    })
    return proxy
  }

  private constructor(broker: BrokerAddress) {
    this.broker = broker
    this.#server = createServer({ noDelay: true }, (client) => this.#open(client))
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  cut(random: () => number): void {
    for (const { ways } of this.#connections) ways[random() < 0.5 ? 0 : 1]!.cutNext(random())
  }

  close(): void {
    this.#server.close()
    for (const { client, server } of this.#connections) {
      client.destroy()
      server.destroy()
    }
  }

  #open(client: Socket): void {
    const { host, port } = this.broker
    const server = connect({ host, port, noDelay: true })
    const delayMs = (): number => this.delayMs
    const ways = [
      new FrameRelay(client, server, { delayMs, edit: () => undefined }),
      new FrameRelay(server, client, { delayMs, edit: (frame) => this.#replaceAddresses(frame) }),
    ]
    const relays = { client, server, ways }
    this.#connections.add(relays)
    for (const [one, other] of [
      [client, server],
      [server, client],
    ] as const) {
      one.on('error', () => undefined) // its end follows
      one.on('close', () => {
        other.destroy()
        this.#connections.delete(relays)
      })
    }
  }

  #replaceAddresses(frame: Buffer): void {
    for (const { from, to } of this.addresses) {
      for (let at = frame.indexOf(from); at >= 0; at = frame.indexOf(from, at + to.length)) {
        to.copy(frame, at)
      }
    }
  }
}
