// Module cytoweave/map in the style of nf-core: a hierarchy of assemblies from a network.
process CYTOWEAVE_MAP {
    tag "$meta.id"
    label 'process_medium'

    conda "${moduleDir}/environment.yml"
    container "cytoweave:0.1.0"

    input:
    tuple val(meta), path(network)

    output:
    tuple val(meta), path("${prefix}/hierarchy.nodes"), emit: nodes
    tuple val(meta), path("${prefix}/hierarchy.edges"), emit: edges
    tuple val(meta), path("${prefix}/hierarchy.cx2")  , emit: cx2
    tuple val(meta), path("${prefix}/report.html")    , emit: report
    path "versions.yml"                               , emit: versions

    when:
    task.ext.when == null || task.ext.when

    script:
    def args = task.ext.args ?: ''
    prefix   = task.ext.prefix ?: "${meta.id}"
    """
    cytoweave map network=${network} out=${prefix} overwrite=true portal=false \\
        store=\${TMPDIR:-/tmp}/cytoweave workers=${task.cpus} ${args}

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        cytoweave: \$(cytoweave --version | sed 's/cytoweave //')
    END_VERSIONS
    """

    stub:
    prefix = task.ext.prefix ?: "${meta.id}"
    """
    mkdir ${prefix}
    touch ${prefix}/hierarchy.nodes ${prefix}/hierarchy.edges ${prefix}/hierarchy.cx2 ${prefix}/report.html

    cat <<-END_VERSIONS > versions.yml
    "${task.process}":
        cytoweave: \$(cytoweave --version | sed 's/cytoweave //')
    END_VERSIONS
    """
}
