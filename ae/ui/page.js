() => {
    // Some people need what Gradio leaves out: names of its examples and of the pictures under a slider, roles, focus,
    // and a slider of pictures that the arrow keys move, and + and - and Shift with them its pictures, as the mouse would.
    const place = handle => {  // in the picture, which lies in the middle of its box
        const wrap = handle.closest(".wrap"), box = wrap.getBoundingClientRect(), image = wrap.querySelector("img");
        const width = Math.min(box.width, box.height * image.naturalWidth / image.naturalHeight || box.width);
        const margin = (box.width - width) / 2, x = new DOMMatrix(getComputedStyle(handle).transform).m41;
        return {left: box.left + margin, width, y: box.top + box.height / 2, share: (x - margin) / width};
    };
    const mouse = (kind, [clientX, clientY], more) =>
        new (kind === "wheel" ? WheelEvent : MouseEvent)(kind, {view: window, bubbles: true, clientX, clientY, ...more});
    const drag = (target, from, to) => {
        target.dispatchEvent(mouse("mousedown", from));
        ["mousemove", "mouseup"].forEach(kind => document.dispatchEvent(mouse(kind, to)));
    };
    const slide = event => {
        const handle = event.currentTarget, image = handle.closest(".wrap").querySelector("img");
        const {left, width, y, share} = place(handle), middle = [left + width / 2, y];
        const step = {ArrowLeft: -.05, ArrowRight: .05, Home: -1, End: 1}[event.key];
        const way = event.shiftKey && {ArrowLeft: [1, 0], ArrowRight: [-1, 0], ArrowUp: [0, 1], ArrowDown: [0, -1]}[event.key];
        const closer = {"+": -1, "-": 1}[event.key];  // as the wheel turns
        if (!step && !way && !closer) return;
        event.preventDefault();
        if (closer) for (let turn = 0; turn < 5; turn++) image.dispatchEvent(mouse("wheel", middle, {deltaY: closer}));
        else if (way) drag(image, middle, middle.map((at, axis) => at + 40 * way[axis]));
        else {
            const target = Math.min(1, Math.max(0, share + step));
            drag(handle.querySelector(".inner"), [left + share * width, y], [left + target * width, y]);
            handle.setAttribute("aria-valuenow", Math.round(100 * target));
        }
    };
    const complete = () => {
        document.querySelectorAll(".scrolls").forEach(table => table.tabIndex = 0);
        document.querySelectorAll(".empty[aria-label]:not([role])").forEach(
            empty => empty.setAttribute("role", "img"));
        document.querySelectorAll(".slider-wrap img").forEach(image => {
            const label = image.closest(".block").querySelector("[data-testid=block-label]");
            image.alt = label?.innerText.trim() ?? "";
        });
        document.querySelectorAll("#swatches input").forEach(
            input => input.closest("label").style.setProperty("--swatch", input.value));
        document.querySelectorAll("[data-testid=slider]:not([tabindex])").forEach(handle => {
            const label = handle.closest(".block").querySelector("[data-testid=block-label]");
            Object.entries({tabindex: 0, role: "slider", "aria-label": label?.innerText.trim() ?? "", "aria-valuemin": 0,
                "aria-valuemax": 100, "aria-valuenow": 50}).forEach(([name, value]) => handle.setAttribute(name, value));
            handle.addEventListener("keydown", slide);
        });
        document.querySelectorAll("button.gallery-item:not([aria-label])").forEach(button => {
            const file = button.querySelector("img")?.src.split("/").pop();
            if (file) button.setAttribute("aria-label", "Example " + decodeURIComponent(file));
        });
    };
    const sort = head => {
        const heads = [...head.parentElement.children], column = heads.indexOf(head), body = head.closest("table").tBodies[0];
        const up = head.getAttribute("aria-sort") !== "ascending", key = row => row.cells[column].dataset.value;
        const order = (one, other) => {
            const [a, b] = [key(one), key(other)];
            if (a === undefined || b === undefined)  // without a number: by the text, and below all that have one
                return a !== b ? (a === undefined) - (b === undefined)
                    : (up ? 1 : -1) * one.cells[column].textContent.localeCompare(other.cells[column].textContent);
            return (up ? 1 : -1) * (a - b);
        };
        heads.forEach(other => other.removeAttribute("aria-sort"));
        head.setAttribute("aria-sort", up ? "ascending" : "descending");
        body.append(...[...body.rows].sort(order));
    };
    document.addEventListener("click", event => {
        const head = event.target.closest?.("table.sortable th");
        if (head) sort(head);
        const channel = event.target.closest?.(".channel");
        if (channel) document.querySelectorAll("#latent-on input")[channel.dataset.channel]?.click();
        const layer = event.target.closest?.("[data-field]");
        if (layer) change(layer);
    });
    const change = layer => {  // a field over the box, which hands its number to the slider's
        const slider = document.querySelector(`#${layer.dataset.field} input[type=number]`);
        const field = slider.cloneNode(), box = layer.getBoundingClientRect();
        Object.assign(field, {className: "of-layer", value: slider.value});
        field.setAttribute("aria-label", layer.getAttribute("aria-label"));
        field.style.left = `${box.left + scrollX}px`;
        field.style.top = `${box.top + scrollY}px`;
        field.addEventListener("keydown", event => event.key === "Enter" && field.blur());
        field.addEventListener("blur", () => {
            field.remove();
            if (field.value === "" || field.value === slider.value) return;
            slider.value = field.value;
            ["input", "blur", "focusout"].forEach(name => slider.dispatchEvent(new Event(name, {bubbles: true})));
        });
        document.body.append(field);
        field.select();
    };
    const explain = event => {  // below a field of numbers, what becomes of one that cannot be
        const field = event.target;
        if (!field.matches?.("input[type=number]")) return;
        document.getElementById("becomes")?.remove();
        const {rangeOverflow, rangeUnderflow} = field.validity, {left, bottom} = field.getBoundingClientRect();
        if (event.type !== "input" || !rangeOverflow && !rangeUnderflow) return;
        const note = Object.assign(document.createElement("div"), {id: "becomes", role: "status"});
        const becomes = rangeOverflow ? field.max : field.min;
        note.textContent = `Expected ${field.min} to ${field.max}. ${field.value} becomes ${becomes}.`;
        note.style.left = `${left + scrollX}px`;
        note.style.top = `${bottom + scrollY}px`;
        document.body.append(note);
    };
    ["input", "focusout"].forEach(name => document.addEventListener(name, explain));
    const zoom = (event, closer) => {  // where the map cannot, the page scrolls
        const at = document.querySelector("#latent-zoom input[type=range]");
        if (!at || (closer ? +at.value >= +at.max : +at.value <= +at.min)) return;
        event.preventDefault();
        if (event.timeStamp - (zoom.last ?? -1000) < 250) return;
        zoom.last = event.timeStamp;
        document.querySelector(closer ? "#latent-closer" : "#latent-farther").click();
    };
    document.addEventListener("wheel", event => {
        if (event.deltaY && event.target.closest?.("#latent-map img")) zoom(event, event.deltaY < 0);
    }, {passive: false});
    document.addEventListener("keydown", event => {
        if ("Enter ".includes(event.key) && event.target.matches?.("[data-field]")) {
            event.preventDefault();  // Space would scroll
            change(event.target);
        }
        if ("+-".includes(event.key) && event.target.closest?.("#latent-map")) zoom(event, event.key === "+");
    });
    window.addEventListener("keydown", event => {  // Gradio would open its list anew, and leave it open
        if (event.key === "Tab" && event.target.matches("input[role=combobox]")) event.stopImmediatePropagation();
    }, true);
    new MutationObserver(complete).observe(document.body, {childList: true, subtree: true});
    complete();
}
