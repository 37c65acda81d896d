import { Connection, metadataV12 } from '@platformatic/kafka'

/** Whether a server answers there, and knows of so many brokers. */
export async function hasBrokers(host: string, port: number, count: number): Promise<boolean> {
  const connection = new Connection('ringlog-kafka', {
    connectTimeout: 2_000,
    requestTimeout: 2_000,
  })
  connection.on('error', () => undefined)
  try {
    await connection.connect(host, port)
    const { brokers } = await metadataV12.api.async(connection, [], false, false)
    return brokers.length >= count
  } catch {
    return false
  } finally {
    await connection.close()
  }
}
