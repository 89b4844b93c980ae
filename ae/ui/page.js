() => {
    // Some people need what Gradio leaves out: names of its examples and of the pictures under a slider, roles, focus.
    const complete = () => {
        document.querySelectorAll(".scrolls").forEach(table => table.tabIndex = 0);
        document.querySelectorAll(".empty[aria-label]:not([role])").forEach(
            empty => empty.setAttribute("role", "img"));
        document.querySelectorAll(".slider-wrap img").forEach(image => {
            const label = image.closest(".block").querySelector("[data-testid=block-label]");
            image.alt = label?.innerText.trim() ?? "";
        });
        document.querySelectorAll("button.gallery-item:not([aria-label])").forEach(button => {
            const file = button.querySelector("img")?.src.split("/").pop();
            if (file) button.setAttribute("aria-label", "Example " + decodeURIComponent(file));
        });
    };
    new MutationObserver(complete).observe(document.body, {childList: true, subtree: true});
    complete();
}
