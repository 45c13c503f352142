namespace LinearScaling.Tests.Evaluation;

/// <summary>Request hashes and fake-model results that lm-evaluation-harness kept under tests/testdata until it dropped
/// that test (the parent of commit d2a9b7591).</summary>
internal static class HarnessGoldens
{
    /// <summary>A BLiMP phenomenon, the SHA-256 of its requests, and the fake model's accuracy.</summary>
    public const string Blimp = """
        adjunct_island 976a5cac4bdb724632eebd4cb9e522203ce3da8d5525288a597c86e80469f3f2 0.485
        anaphor_gender_agreement 2d8964e56a17661502ecf3f09c0befba63915360ddf2145b0bd845816950515d 0.485
        anaphor_number_agreement 0bdad31c974ba064e1f1ba931841ec2ba7461e8b0ca54ea5f79f08b6bae0bab5 0.485
        animate_subject_passive 064c38fcd072b8bd12f54ea4f8e41599ed4e11dc386e93b77e1fc07967d1f960 0.485
        animate_subject_trans 2a84231e7b79f517427e57e2099c88fed3d60a7efab4ef9506e263b4091d5cfa 0.485
        causative 3d67ad025185dbb0808ebd7f508edcb5750c18fc3c01ad91f20fda80780c916c 0.485
        complex_NP_island f46cfcc7e43050a235fd2a6b989cabbfbcce76786df74db9f0d4a9cd1caa1628 0.485
        coordinate_structure_constraint_complex_left_branch 7e1cc5b9f71abfbe56c4bdf343a1e5632785b66a986b8e904a41ed8f45a2c33e 0.485
        coordinate_structure_constraint_object_extraction 23ddafdff7b1ebe331b146e23b2c21aa109fe57aa1ce8ca201a0d239fcbdd166 0.485
        determiner_noun_agreement_1 2df8cc7f17089f7e8c7d974dcb324c809d30ef059a5be22aed6b69f44230809f 0.485
        determiner_noun_agreement_2 123e2acd00fbba60aba1fbae607c79a062e512c9e79c7d8dfafff63e30111d76 0.485
        determiner_noun_agreement_irregular_1 7fab9f02e71a224ae7931aa77f8a9a61d887a7480756adc965d4746e97fb04a5 0.485
        determiner_noun_agreement_irregular_2 ddb24ddfaebe076b3aa7107937d71bf5f4503a78283bc889e39200368603681e 0.485
        determiner_noun_agreement_with_adj_2 95acb74fac7d57ae2c9d208361a5f8ad36b0b19a055f02e648ed8e99505f4b43 0.485
        determiner_noun_agreement_with_adj_irregular_1 ad61c619aa79433d02f1aeacde2ab87291fd5d5c370032c24d41c4f0065ed1f9 0.485
        determiner_noun_agreement_with_adj_irregular_2 ccc64b4d5e80c081d5161aae5828212ba49d277ca8c5a4281f181744727a6a99 0.485
        determiner_noun_agreement_with_adjective_1 007c47e5fbf88119c5180feef75e1345d448e56adcd4c7ab2d52fb8d67350d34 0.485
        distractor_agreement_relational_noun 8aab641bd5933f84f46a14f5c1208a3c855cace7e67b44abcd5aff8fec96717d 0.485
        distractor_agreement_relative_clause bf78e2b53c0f3531303c668c96bd3897a0a35e960da37439e63724ecba4e371a 0.485
        drop_argument 616109e63f162dcd31a632943e7ef0c9e0431afeb179e83e9b04b39007b16f5b 0.485
        ellipsis_n_bar_1 d14e4b7fcdd68991eb39b9cf3ade4b37dee9ddd39b688f861d81a327e47a969f 0.485
        ellipsis_n_bar_2 0523771a217759f0b22b89807694ee7f6381ce98a584b1fd070ba96194a3273b 0.485
        existential_there_object_raising 63567712076256f373131971676c1c6d711efef73cd0e4de3cc639bc631a2413 0.485
        existential_there_quantifiers_1 d77594382e6d9af31a8b8ef00ba1ef6c29d6be6d0ddb7a9c27ef25ace654e05a 0.485
        existential_there_quantifiers_2 6e6add7baff4217f383425bef58288202018e041b24084edcaa5df8af08f820c 0.485
        existential_there_subject_raising 9b324b28ae3e1b5d49ecf4b7b2a16c7bbc8ff38d000cf216fab75df633da2084 0.485
        expletive_it_object_raising ceede5b38248a62125a74a8332602b8eac5ef40864f071ad8d86e7971e07219d 0.485
        inchoative 3ff73629fb4473986a0e8ae2fcb7c40e88292189ab0d8755d20836c5aa5a2f99 0.485
        intransitive 6469ae3b0d46b008846b5fd132f2d2b26ea2858745d056df1470b89aa97a790f 0.485
        irregular_past_participle_adjectives 47c56f336df11924d8b97feb46339ce55bea4b216b6fd13946cc999ea36a4a95 0.485
        irregular_past_participle_verbs 63ec733873f94ace71cb34112d1c3cd5bb768c26b975fb90acc9b8ba3f4e938e 0.485
        irregular_plural_subject_verb_agreement_1 7084358b1b7dd7fb5ead1a58f4b499d6f7610eca897bfac25a986d0f9a91aa5d 0.485
        irregular_plural_subject_verb_agreement_2 9534751f83a86b6cbe1fb12fb9feb827b0b7836a663108928b4ecc1d70b08871 0.485
        left_branch_island_echo_question 9852b38612db8c6adf938a5d8a7a9e5ce9e655259d6cc806b142506fcaff0ed4 0.485
        left_branch_island_simple_question 6cb36bbdae7754f8832f50872c3dd511ce12547e00fa0771deb747be3355eb85 0.485
        matrix_question_npi_licensor_present a3a702a3335c79b02b36caf37c68069050c2a8a3a03c3610c09afc39d2b83fb1 0.485
        npi_present_1 3ef532a85e0ee8f8ff779bc7ddc873d515969a708da84a4eb4a85b7c843cf244 0.485
        npi_present_2 fdb688ac6259bb65d234ef0a36e9a9ee449f9608f633b12e1943b462aead8e17 0.485
        only_npi_licensor_present d2d0711611b5b218c6fa8c7278494749252b7868c396451919b761303556bd66 0.485
        only_npi_scope fc0be817478c212327050fa297ef61ad214f4847dbff61d4e0fe7914c06a1691 0.485
        passive_1 fa4addddd8e380031b8e0871776cabcb707c0f21dcaf5d8b3defec66cce55043 0.485
        passive_2 755bdfe2c89737c43001ff1dc83d68ad33e444aaf0669af66aaf82dcd09f2eca 0.485
        principle_A_c_command 7c2ed82612af9175052cd44d8e178b6dd084c04eb462a3d88fcacfad2df8be8e 0.485
        principle_A_case_1 49d2b8ce6667a6166fdc2a2e5dbe7ff07d9b8415e9f33482aef15956b3ebc24a 0.485
        principle_A_case_2 cd68adb65c891d672e22bf53c054b2083ab08bc1da43951732b409c942d14bc7 0.485
        principle_A_domain_1 290e7eddacea4ec16989af697f2ee3373fdd9aef4b452bf887184c6e2f6e7d9d 0.485
        principle_A_domain_2 eb5ddf0a97982373ab1a4e58267cfcdebdecdb86c376dfd5ebf46737c9d3ee12 0.485
        principle_A_domain_3 38454befedcf1f3f6ef27d3bef9ccfdfb3e94a7ab32d86a63493a920d2d50093 0.485
        principle_A_reconstruction 894efedfd8750d5b8de6157f9b2ed2b51b5290d3a78ea9b041fc62d34e96efbc 0.485
        regular_plural_subject_verb_agreement_1 5bc0441f31e32443cf761bca6e961d504e1e84b15aa4e1d79e5c8ed5b4c2aa3a 0.485
        regular_plural_subject_verb_agreement_2 f69d9891f59872538962221fccc425b07df7cfbd83cdc546ce83e6b0e9a93f7c 0.485
        sentential_negation_npi_licensor_present e6666c5657215ff4bfd646b8ee3ae6df956e71c0be9ab1c287fb1b68291dd0d1 0.485
        sentential_negation_npi_scope 32fcbd0a1c6e664af2751bad552587b5ca3911973b07f4fb2cf0a2acd3de5349 0.485
        sentential_subject_island 80f5f98fad26240de2767fe58c4b18d864df41cbfa76f06c84c3fce9f14f4833 0.485
        superlative_quantifiers_1 8a01f6a5ea87a01c0c9b0c7b3bc4de4711bf0ff050976976651182b9ed34a0d4 0.485
        superlative_quantifiers_2 59c20ff0f632cf42afc74ecc682cf92e5e740417b01e6cf9a610a3bc544d2ea5 0.485
        tough_vs_raising_1 973fe56534fdef1207f0fc08dd09a210304c55f33c6cbb17552754bf54f11c86 0.485
        tough_vs_raising_2 d255a10a34f14d77d9526604a17b0f6747d32f62fc2e3a09e9ab10054535fd45 0.485
        transitive d0d47fe40a7ee558ba782edbc4f49f7d9123c8472a36decc97f8ab142b45b9d8 0.485
        wh_island 91a9e4b60b0f3572a7fdbd7648d0e69f36e5eb34db715315b0082558d7ed8b65 0.485
        wh_questions_object_gap 4d4aaa0274ccd485ff8430ed61b8f83806febe18c16616c7d050f637a0463eba 0.485
        wh_questions_subject_gap d5486ffcc075cad4302e37ece9bbf5b2063c0b5a48e76c8e1dd365e22a5a48fc 0.485
        wh_questions_subject_gap_long_distance 37483dfda688b62ad27161c9fc1e1e7710c5a6e6a7cd3474df119bcafd30e97f 0.485
        wh_vs_that_no_gap d1d3e439b2020ef5ed232bfebbcc9634adc5117e9eb61e38fdbbe2c8ea128d54 0.485
        wh_vs_that_no_gap_long_distance a142cc2a6fcd93230b650927b07367cad957b8f3f42cb4072151da53dea301df 0.485
        wh_vs_that_with_gap d41a9b85e4c31e445bf9b46b8642df02203ccc02b4a9b254bf76066d5c54b4b7 0.485
        wh_vs_that_with_gap_long_distance eed67491bdf493a1dad8f1d9766bc7bd0e79946365b833c0f7eb81ac998e3dca 0.485
        """;
}
