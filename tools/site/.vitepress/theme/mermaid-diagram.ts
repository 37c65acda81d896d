import mermaidUrl from '@mermaid-js/tiny/dist/mermaid.tiny.js?url'
import { useData } from 'vitepress'
import { defineComponent, h, onMounted, ref, useId, watch } from 'vue'

interface Mermaid {
  initialize(config: { startOnLoad: boolean; theme: string }): void
  render(id: string, source: string): Promise<{ svg: string }>
}

let loading: Promise<Mermaid> | undefined

/** Mermaid is large, and a script of its own: only pages with diagrams load it, once. */
function loadMermaid(): Promise<Mermaid> {
  loading ??= new Promise((resolve, reject) => {
    const script = document.createElement('script')
    script.addEventListener('load', () =>
      resolve((globalThis as unknown as { mermaid: Mermaid }).mermaid),
    )
    script.addEventListener('error', reject)
    script.src = mermaidUrl
    document.head.append(script)
  })
  return loading
}

/** A diagram: its source as text, until it is drawn. */
export const MermaidDiagram = defineComponent({
  props: { source: { type: String, required: true } },
  setup(props) {
    const source = decodeURIComponent(props.source)
    const { isDark } = useData()
    const id = `diagram-${useId()}`
    const svg = ref('')
    const draw = async (): Promise<void> => {
      const mermaid = await loadMermaid()
      mermaid.initialize({ startOnLoad: false, theme: isDark.value ? 'dark' : 'default' })
      svg.value = (await mermaid.render(id, source)).svg
    }
    onMounted(draw)
    watch(isDark, draw)
    return () => (svg.value === '' ? h('pre', source) : h('div', { innerHTML: svg.value }))
  },
})
