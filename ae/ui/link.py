"""Links that reopen the page with the same settings: they are kept in the address's query string."""

import json

import gradio as gr

TAB = "tab"
WRITE = """{{
    if (!window.linkRestored) return;  // or the page's own first settings would replace those asked for
    const url = new URL(window.location);
    const names = {names};
    names.forEach((name, i) => url.searchParams.set(name, values[i]));
    window.history.replaceState(null, "", url);
}}"""


def remember(components):
    """Keeps the values of {name: component} in the address, and sets them from it when the page is loaded.

    What an address does not say, or says wrong, stays. Returns the loading event, for others to follow.
    """
    script = "(...values) => " + WRITE.format(names=json.dumps(list(components)))
    for component in components.values():
        component.change(None, list(components.values()), js=script)

    def read(request: gr.Request):
        asked = request.query_params
        return {component: _valid(component, asked.get(name)) for name, component in components.items()}

    return gr.context.Context.root_block.load(read, None, list(components.values()))


def keep_tab(tab, name, opened):
    """Writes the tab's name into the address and into the state `opened` when it is opened."""
    script = f"() => {{ const values = {json.dumps([name])}; {WRITE.format(names=json.dumps([TAB]))} }}"
    tab.select(None, js=script)
    tab.select(lambda: name, None, opened, concurrency_limit=None)


def restore_tab(tabs, names, opened):
    """Opens the tab that the address names when the page is loaded, and only then lets the address be changed."""

    def read(request: gr.Request):
        asked = request.query_params.get(TAB)
        return (gr.Tabs(selected=asked), asked) if asked in names else (gr.skip(), next(iter(names)))

    gr.context.Context.root_block.load(read, None, [tabs, opened]).then(
        None, js="() => { window.linkRestored = true; }"
    )


def _valid(component, text):
    """The value that `text` stands for, or an update that changes nothing."""
    if not isinstance(component, gr.Slider):
        return {str(value): value for _, value in component.choices}.get(text, gr.skip())
    try:
        value = float(text)
    except (TypeError, ValueError):
        return gr.skip()
    valid = component.minimum <= value <= component.maximum and _is_whole((value - component.minimum) / component.step)
    return value if valid else gr.skip()


def _is_whole(steps):
    return abs(steps - round(steps)) < 1e-9
