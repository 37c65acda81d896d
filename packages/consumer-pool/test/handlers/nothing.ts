export const help = 'no handler here'
