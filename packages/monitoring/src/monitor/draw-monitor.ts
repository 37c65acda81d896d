/// <reference lib="dom" />
/* oxlint-disable unicorn/consistent-function-scoping -- the one function alone gets to the browser */
import type { ShownRecord } from './read-records.ts'
import type { PartitionSnapshot, Snapshot } from './snapshot.ts'

/**
 * Draws what the stream tells. It runs in a browser, as the text that it is: it uses nothing of this module.
 * What comes from programs (topics, groups, clients, records) becomes text, never markup.
 */
export function drawMonitor(hasRecords: boolean): void {
  const COLOURS = 6
  const EVENTS = 30
  const CELL_WIDTH = 44
  const MARKER_WIDTH = 14
  const byId = (id: string): HTMLElement => document.querySelector<HTMLElement>(`#${id}`)!
  const state = byId('state')
  const rows = new Map<string, ReturnType<typeof makeRow>>()
  const colours = new Map<string, number>()
  let last: Snapshot | null = null

  const make = <Name extends keyof HTMLElementTagNameMap>(
    name: Name,
    className = '',
    text = '',
  ): HTMLElementTagNameMap[Name] => {
    const element = document.createElement(name)
    element.className = className
    element.textContent = text
    return element
  }
  const setText = (element: HTMLElement, text: string): void => {
    if (element.textContent !== text) element.textContent = text
  }
  const number = (value: number): string => Math.round(value).toLocaleString('en')
  const counted = (count: number, what: string): string =>
    `${number(count)} ${what}${count === 1 ? '' : 's'}`
  /** A member keeps its colour; its partitions change theirs when they change hands. */
  const colourOf = (memberId: string | null): string => {
    if (memberId === null) return 'var(--quiet)'
    if (!colours.has(memberId)) colours.set(memberId, colours.size % COLOURS)
    return `var(--member-${colours.get(memberId)})`
  }
  const tell = (text: string): void => {
    const events = byId('events')
    events.prepend(make('li', '', `${new Date().toLocaleTimeString()} ${text}`))
    while (events.childElementCount > EVENTS) events.lastElementChild!.remove()
  }

  const makeRow = (name: string) => {
    const section = make('section', 'partition')
    section.setAttribute('aria-label', name)
    const parts = {
      section,
      facts: make('p', 'facts'),
      fill: make('meter'),
      holder: make('p', 'alarm'),
      cells: make('div', 'cells'),
      tracks: make('ul'),
    }
    parts.fill.setAttribute('aria-label', `ring of ${name}`)
    parts.cells.role = hasRecords ? 'group' : 'img'
    parts.tracks.setAttribute('aria-label', `offsets of ${name}`)
    const heading = make('h2', '', name)
    section.append(heading, parts.facts, parts.fill, parts.holder, parts.cells, parts.tracks)
    byId('partitions').append(section)
    return parts
  }
  const showRecords = async (at: PartitionSnapshot, offset: number): Promise<void> => {
    const query = new URLSearchParams({
      topic: at.topic,
      partition: String(at.partition),
      offset: String(offset),
    })
    const answer = await fetch(`/records?${query}`)
    const section = byId('records')
    const title = `Records of ${at.topic}-${at.partition} from ${offset}`
    section.hidden = false
    section.setAttribute('aria-label', title)
    section.replaceChildren(make('h2', '', title))
    if (!answer.ok) return section.append(make('p', 'alarm', await answer.text()))
    const scrolling = make('div', 'scrolling')
    scrolling.role = 'region'
    scrolling.tabIndex = 0
    scrolling.setAttribute('aria-label', `${title}, table`)
    const table = make('table')
    table.setAttribute('aria-label', title)
    const head = make('tr')
    for (const column of ['offset', 'key', 'value', 'headers']) {
      const cell = make('th', '', column)
      cell.scope = 'col'
      head.append(cell)
    }
    table.append(head)
    for (const record of (await answer.json()) as ShownRecord[]) {
      const row = make('tr')
      const header = make('th', '', String(record.offset))
      header.scope = 'row'
      const headers = record.headers.map(([name, value]) => `${name}: ${value}`).join('\n')
      row.append(header)
      for (const text of [record.key, record.value, headers])
        row.append(make('td', '', text ?? 'null'))
      table.append(row)
    }
    scrolling.append(table)
    section.append(scrolling)
  }

  /** The newest offsets that fit, and behind them the next one. */
  const drawCells = (
    parts: ReturnType<typeof makeRow>,
    at: PartitionSnapshot,
  ): [number, number] => {
    const count = Math.max(4, Math.floor(parts.section.clientWidth / CELL_WIDTH))
    const first = Math.max(0, at.endOffset - count + 1)
    const name = `${at.topic}-${at.partition}`
    const oldest = Math.max(first, at.logStartOffset)
    const newest = oldest < at.endOffset ? `offsets ${oldest} to ${at.endOffset - 1}` : 'no records'
    parts.cells.ariaLabel = `${newest} of ${name}, next is ${at.endOffset}`
    while (parts.cells.childElementCount > count) parts.cells.lastElementChild!.remove()
    while (parts.cells.childElementCount < count) {
      const cell = make(hasRecords ? 'button' : 'span')
      cell.addEventListener('click', () => void showRecords(at, Number(cell.dataset['offset'])))
      parts.cells.append(cell)
    }
    for (const [i, cell] of [
      ...(parts.cells.children as HTMLCollectionOf<HTMLElement>),
    ].entries()) {
      const offset = first + i
      const isThere = offset >= at.logStartOffset && offset < at.endOffset
      cell.className = `cell ${offset === at.endOffset ? 'next' : isThere ? 'record' : 'gone'}`
      setText(cell, offset > at.endOffset ? '' : String(offset))
      cell.dataset['offset'] = String(offset)
      if (!(cell instanceof HTMLButtonElement)) continue
      cell.disabled = !isThere
      const why = isThere
        ? ''
        : offset < at.logStartOffset
          ? ', not there any more'
          : ', not written yet'
      cell.ariaLabel = `offset ${offset} of ${name}${why}`
    }
    return [first, count]
  }

  /** Each offset has a line of its own, on which it moves; a label that fits beside it on no side is below. */
  const drawTracks = (
    parts: ReturnType<typeof makeRow>,
    at: PartitionSnapshot,
    [first, count]: [number, number],
  ): void => {
    const markers = [
      { label: 'log-end offset', offset: at.endOffset - 1, colour: 'var(--text)' },
      ...at.groups.flatMap((group) => {
        const who = `${group.groupId}${group.clientId === null ? ', nobody' : `, ${group.clientId}`}`
        const colour = colourOf(group.memberId)
        return [
          { label: `current offset of ${who}`, offset: group.currentOffset, colour },
          {
            label: `committed offset of ${who}, lag ${number(group.lag)}`,
            offset: group.committedOffset,
            colour,
          },
        ]
      }),
    ]
    while (parts.tracks.childElementCount > markers.length) parts.tracks.lastElementChild!.remove()
    while (parts.tracks.childElementCount < markers.length) {
      const track = make('li', 'track')
      track.append(make('span', 'marker'), make('span', 'label'))
      track.firstElementChild!.ariaHidden = 'true'
      parts.tracks.append(track)
    }
    const width = parts.tracks.clientWidth
    for (const [i, { label, offset, colour }] of markers.entries()) {
      const track = parts.tracks.children[i] as HTMLElement
      const [marker, text] = track.children as unknown as [HTMLElement, HTMLElement]
      const x = ((Math.max(offset, first - 1) - first + 0.5) / count) * width
      track.style.color = colour
      setText(marker, offset < first ? '◀' : '▲')
      const left = Math.max(0, x - MARKER_WIDTH / 2)
      marker.style.transform = `translateX(${left}px)`
      setText(text, `${label}: ${offset < 0 ? 'none' : offset}`)
      text.classList.remove('below')
      const [before, behind] = [left - text.offsetWidth, left + MARKER_WIDTH]
      const isBehind = behind + text.offsetWidth <= width
      text.classList.toggle('below', !isBehind && before < 0)
      const start = isBehind ? behind : before < 0 ? 0 : before
      text.style.transform = `translateX(${start}px)`
    }
  }

  const drawPartition = (at: PartitionSnapshot, before: PartitionSnapshot | undefined): void => {
    const name = `${at.topic}-${at.partition}`
    const parts = rows.get(name) ?? makeRow(name)
    rows.set(name, parts)
    const seconds = (now!.atMs - (last?.atMs ?? now!.atMs)) / 1000
    const rate =
      before === undefined || seconds === 0
        ? 0
        : (at.messagesInTotal - before.messagesInTotal) / seconds
    const full = (at.usedBytes / at.ringBytes) * 100
    setText(
      parts.facts,
      `${number(rate)} records/s · ring ${number(full)} % of ${number(at.ringBytes / 1024)} KiB` +
        ` · ${counted(at.restarts, 'restart')}${at.isOnline ? '' : ' · offline'}`,
    )
    parts.fill.value = full / 100
    setText(parts.holder, holderOf(at))
    parts.holder.hidden = at.waitingAppends === 0
    const seen = at.groups.map((group) => colourOf(group.memberId))
    parts.section.style.borderLeft = `4px solid ${seen[0] ?? 'var(--quiet)'}`
    parts.section.style.paddingLeft = '0.5rem'
    drawTracks(parts, at, drawCells(parts, at))
    if (before === undefined) return
    if (at.restarts > before.restarts) tell(`${name} was started again`)
    if (at.isOnline !== before.isOnline) tell(`${name} is ${at.isOnline ? 'online' : 'offline'}`)
    for (const group of at.groups) {
      const old = before.groups.find(({ groupId }) => groupId === group.groupId)
      if (old === undefined || old.memberId === group.memberId) continue
      const [from, to] = [old.clientId ?? 'nobody', group.clientId ?? 'nobody']
      tell(`${name} of ${group.groupId} went from ${from} to ${to}`)
    }
  }
  const holderOf = ({ waitingAppends, holder }: PartitionSnapshot): string => {
    if (waitingAppends === 0) return ''
    const waiting = `full: ${counted(waitingAppends, 'append')} wait${waitingAppends === 1 ? 's' : ''}`
    if (holder === null) return waiting
    const { groupId, clientId, offset } = holder
    const who = [groupId === null ? '' : `group ${groupId}`, clientId ?? '']
      .filter(Boolean)
      .join(', ')
    return `${waiting} for ${who}, which holds offset ${offset}`
  }

  let now: Snapshot | null = null
  const draw = (): void => {
    if (now === null) return
    const keyOf = (one: PartitionSnapshot): string => `${one.topic}-${one.partition}`
    const before = new Map(last?.partitions.map((one) => [keyOf(one), one]))
    for (const one of now.partitions) drawPartition(one, before.get(keyOf(one)))
    const there = new Set(now.partitions.map(keyOf))
    for (const [name, { section }] of rows) {
      if (there.has(name)) continue
      section.remove()
      rows.delete(name)
    }
    const groups = now.groups.map((group) => {
      const { groupId, memberCount, rebalancesTotal } = group
      const counts = `${counted(memberCount, 'member')}, ${counted(rebalancesTotal, 'rebalance')}`
      return make('li', '', `${groupId}: ${group.state}, ${counts}`)
    })
    byId('groups').replaceChildren(...groups)
    const partitions = counted(now.partitions.length, 'partition')
    setText(state, `live: ${partitions}, ${counted(now.groups.length, 'group')}`)
  }

  const stream = new EventSource('/stream')
  stream.addEventListener('message', ({ data }) => {
    last = now
    now = JSON.parse(String(data)) as Snapshot
    draw()
  })
  stream.addEventListener('failed', (event) => setText(state, String(event.data)))
  stream.addEventListener('error', () => setText(state, 'the monitor does not answer'))
  addEventListener('resize', draw)
}
