import { text } from '../messages/index.js';
import { Icon } from './icons.js';

export function DownloadButton({ url, name, describedBy }: { url: string; name: string; describedBy?: string }) {
  const download = () => {
    const link = document.createElement('a');
    link.href = url;
    link.download = name;
    link.click();
  };
  return (
    <button class="button" type="button" aria-describedby={describedBy} onClick={download}>
      <Icon name="download" />
      {text.files.download}
    </button>
  );
}
