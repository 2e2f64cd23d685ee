// Adds copy buttons, and marks the current section in the table of contents. The page also works without this script.

const status = document.createElement('p')
status.className = 'unseen'
status.setAttribute('role', 'status')
document.querySelector('footer').append(status)

/** Adds a button that copies the text of `code`. */
function addCopyButton(code) {
  const subject = code.dataset.copy
  const button = document.createElement('button')
  let timer
  const show = (text) => {
    button.textContent = text
    clearTimeout(timer)
    timer = setTimeout(() => {
      button.textContent = 'Copy'
      status.textContent = ''
    }, 2000)
  }
  button.type = 'button'
  button.className = 'copy'
  button.textContent = 'Copy'
  button.setAttribute('aria-label', `Copy ${subject}`)
  button.addEventListener('click', async () => {
    try {
      await navigator.clipboard.writeText(code.textContent)
      status.textContent = `Copied ${subject}.`
      show('Copied')
    } catch {
      getSelection().selectAllChildren(code)
      status.textContent = 'The browser blocked copying. The text is selected instead.'
      show('Selected')
    }
  })
  code.closest('.code, .endpoint').append(button)
}

for (const code of document.querySelectorAll('[data-copy]')) addCopyButton(code)

/** The entries of the table of contents, by section ID. The current section is the last one in the top 30% of the window. */
const links = new Map(
  [...document.querySelectorAll('nav a')].map((link) => [link.getAttribute('href').slice(1), link])
)
const visibleSections = new Set()
const observer = new IntersectionObserver(
  (entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) visibleSections.add(target.id)
      else visibleSections.delete(target.id)
    }
    const current = [...links.keys()].findLast((id) => visibleSections.has(id))
    for (const [id, link] of links) {
      if (id === current) link.setAttribute('aria-current', 'location')
      else link.removeAttribute('aria-current')
    }
  },
  { rootMargin: '0px 0px -70% 0px' }
)
for (const id of links.keys()) observer.observe(document.getElementById(id))
