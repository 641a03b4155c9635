// Corrects exposures in shards with Nextflow:
//   nextflow run darkroom.nf --raw /data/raw --out /data/corrected --shards 8 --options '--norm /data/gain.mrc'
params.shards = 8
params.options = ''

process shard {
  cpus 4
  input: val i
  output: val i
  // 2: some exposures failed. That stops no other shard; the report says so in the end.
  script: "darkroom run '${params.raw}' --out '${params.out}' ${params.options} --threads ${task.cpus} --shard ${i}/${params.shards} || [ \$? -eq 2 ]"
}

process merge {
  input: val all
  script: "darkroom report '${params.out}' --exit-code"
}

workflow { Channel.of(1..params.shards) | shard | collect | merge }
