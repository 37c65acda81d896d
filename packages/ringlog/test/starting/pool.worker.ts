export { default } from 'ringlog/workers/consumer-pool'
